"""The version of this package that this process has loaded; an upgrade does not change it."""

import re
from importlib import metadata

__all__ = ["DISTRIBUTION", "SKEW_REMEDY", "VERSION", "bundle_version", "middleware_skew"]

DISTRIBUTION = "marimo-rfb"
SKEW_REMEDY = "start marimo again; where its environment is not the notebook's, install the same version in both"


def _installed() -> str:
    try:
        return metadata.version(DISTRIBUTION)
    except metadata.PackageNotFoundError:  # run from a source tree
        return ""


VERSION = _installed()


def bundle_version(script: str) -> str:
    """Return the version in the header of a bundled script; empty if it has none."""
    found = re.match(r"/\* marimo-rfb (\S+) \*/", script)
    return found.group(1) if found else ""


def middleware_skew(middleware: str | None, kernel: str) -> str:
    """Describe a version mismatch of marimo's server and a kernel, in at most 120 bytes; empty if they match.

    Their internal protocol is not versioned: both sides are released together.

    Args:
        middleware: the server's version; `None` from old servers that do not send it.
        kernel: the kernel's version; empty if unknown, as in a source tree that is not installed.
    """
    if middleware == kernel or kernel == "" or middleware == "":
        return ""
    other = "an older one" if middleware is None else ascii(middleware[:20])[1:-1][:20]
    return f"the kernel has marimo-rfb {kernel[:20]}, and marimo's server has {other}"
