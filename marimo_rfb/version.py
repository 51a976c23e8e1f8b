"""The version of this package as this process has it: an upgrade does not change what was loaded before."""

import re
from importlib import metadata

__all__ = ["DISTRIBUTION", "SKEW_REMEDY", "VERSION", "bundle_version", "middleware_skew"]

DISTRIBUTION = "marimo-rfb"
SKEW_REMEDY = "start marimo again; where its environment is not the notebook's, install the same version in both"


def _installed() -> str:
    try:
        return metadata.version(DISTRIBUTION)
    except metadata.PackageNotFoundError:  # run from its source tree
        return ""


VERSION = _installed()


def bundle_version(script: str) -> str:
    """Return the version that a bundled script says it is of; empty when it says none."""
    found = re.match(r"/\* marimo-rfb (\S+) \*/", script)
    return found.group(1) if found else ""


def middleware_skew(middleware: str | None, kernel: str) -> str:
    """Say that marimo's server and a kernel have different versions, in at most 120 bytes; empty when they do not.

    How they speak with one another is no protocol with versions: they are made to be released together.

    Args:
        middleware: what the server says; `None` of one from before it said anything.
        kernel: empty where it is not known, as in a source tree that is not installed.
    """
    if middleware == kernel or kernel == "" or middleware == "":
        return ""
    other = "an older one" if middleware is None else ascii(middleware[:20])[1:-1][:20]
    return f"the kernel has marimo-rfb {kernel[:20]}, and marimo's server has {other}"
