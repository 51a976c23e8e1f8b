"""Advice that the doctor and the view's own diagnosis share.

Plain constants, which `js/generate_wire.py` writes to `js/src/wire/advice.ts`. Each is a fragment without a capital and
a full stop, so that it fits into a sentence and into a line of the doctor's.
"""

__all__ = [
    "BLOCKED_UPGRADE",
    "BLOCKED_UPGRADE_REMEDY",
    "INSTALL_JUPYTER_PROXY",
    "INSTALL_MIDDLEWARE",
    "MIXED_CONTENT",
    "MIXED_CONTENT_REMEDY",
    "VIA_COMM",
    "VIA_DIRECT",
    "VIA_SAME_ORIGIN",
]

# How pictures travel; each completes "pictures come …".
VIA_DIRECT = "directly from the kernel's port"
VIA_SAME_ORIGIN = "through the notebook's own server"
VIA_COMM = "over the kernel's channel, which is slow: expect few and small pictures"

BLOCKED_UPGRADE = "a proxy blocks WebSockets"
BLOCKED_UPGRADE_REMEDY = "make the proxy forward the Upgrade and Connection headers"
INSTALL_MIDDLEWARE = (
    "install marimo-rfb in the environment that runs marimo itself, not only in the notebook's sandbox, and restart "
    "marimo; MARIMO_SERVER_ASGI_MIDDLEWARE_DENYLIST must not contain marimo-rfb"
)
INSTALL_JUPYTER_PROXY = (
    "install jupyter-server-proxy in the environment that runs Jupyter's server, and restart that server"
)
MIXED_CONTENT = "an https page cannot open an unencrypted ws:// address"
MIXED_CONTENT_REMEDY = "connect through the notebook's own server (base_path), or give a wss:// address (url)"
