// Generated from marimo_rfb/advice.py and version.py by js/generate_wire.py; do not edit.
// Fragments: a sentence adds a capital and a full stop.

export const BLOCKED_UPGRADE = "a proxy blocks WebSockets";
export const BLOCKED_UPGRADE_REMEDY = "make the proxy forward the Upgrade and Connection headers";
export const INSTALL_JUPYTER_PROXY =
  "install jupyter-server-proxy in the environment that runs Jupyter's server, and restart that server";
export const INSTALL_MIDDLEWARE =
  "install marimo-rfb in the environment that runs marimo itself, not only in the notebook's sandbox, and restart marimo; MARIMO_SERVER_ASGI_MIDDLEWARE_DENYLIST must not contain marimo-rfb";
export const MIXED_CONTENT = "an https page cannot open an unencrypted ws:// address";
export const MIXED_CONTENT_REMEDY =
  "connect through the notebook's own server (base_path), or give a wss:// address (url)";
export const VIA_COMM = "over the kernel's channel, which is slow: expect few and small pictures";
export const VIA_DIRECT = "directly from the kernel's port";
export const VIA_SAME_ORIGIN = "through the notebook's own server";
export const SKEW_REMEDY =
  "start marimo again; where its environment is not the notebook's, install the same version in both";
