"""Discovery of the kernels' hubs by marimo's server, in a private directory that an environment variable names.

Standard library only, because the server imports it at startup.
"""

import contextlib
import hmac
import json
import os
import re
import secrets
import socket
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

__all__ = [
    "HUB_ID",
    "PREFIX",
    "VARIABLE",
    "HubAddress",
    "HubEndpoint",
    "discovery_folder",
    "find_hub",
    "make_discovery_folder",
    "make_endpoint",
]

VARIABLE = "MARIMO_RFB_DIR"
PREFIX = "marimo-rfb-"
HUB_ID = re.compile(r"[0-9a-f]{16}")

# The smallest limit of all systems for the path of a Unix socket, including its terminating zero.
_MAX_PATH = 104
_ID_BYTES = 8


@dataclass(frozen=True, slots=True)
class HubAddress:
    """Address of a hub: `path` of a Unix socket, or `port` and `secret` on systems without them."""

    path: str = ""
    port: int = 0
    secret: str = ""


class HubEndpoint:
    """A hub's endpoint for marimo's server.

    Attributes:
        hub_id: identifier by which the server finds the hub.
        secret: what clients must present; empty for a Unix socket, whose path is private.
        socket: where the hub listens.
    """

    def __init__(self, folder: Path, *, is_unix: bool) -> None:
        self.hub_id = secrets.token_hex(_ID_BYTES)
        self.secret = "" if is_unix else secrets.token_hex(32)
        self._file = folder / f"{self.hub_id}.{'sock' if is_unix else 'json'}"
        self.socket = _unix_socket(self._file) if is_unix else self._loopback_socket()

    def admits(self, presented: str) -> bool:
        """Return whether `presented` is the secret; in constant time."""
        return hmac.compare_digest(presented.encode(errors="surrogatepass"), self.secret.encode())

    def remove(self) -> None:
        """Remove the endpoint from the directory. Idempotent."""
        with contextlib.suppress(OSError):
            self._file.unlink()

    def _loopback_socket(self) -> socket.socket:
        listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            listening.bind(("127.0.0.1", 0))
            text = json.dumps({"port": listening.getsockname()[1], "secret": self.secret})
            descriptor = os.open(self._file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(text)
        except BaseException:
            listening.close()
            raise
        return listening


def make_endpoint() -> HubEndpoint | None:
    """Create an endpoint in the server's directory; `None` if there is no such directory.

    Raises:
        OSError: the directory is full, or gone.
    """
    folder = discovery_folder()
    return None if folder is None else HubEndpoint(folder, is_unix=_has_unix_sockets())


def find_hub(folder: Path, hub_id: str) -> HubAddress | None:
    """Return the address of the hub `hub_id`; `None` if there is none. `hub_id` is untrusted.

    A user who can write to `folder` would receive the clients' cookies. So its permissions are checked every time: a
    cleaner of temporary files may have removed it, and another user may have created it again.
    """
    if not HUB_ID.fullmatch(hub_id) or not _is_private(folder):
        return None
    path = folder / f"{hub_id}.sock"
    if path.exists():
        return HubAddress(path=str(path))
    try:
        address = json.loads((folder / f"{hub_id}.json").read_text(encoding="utf-8"))
        return HubAddress(port=int(address["port"]), secret=str(address["secret"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def make_discovery_folder() -> Path:
    """Create the server's directory, accessible to its owner only, with a path short enough for Unix sockets.

    Raises:
        OSError: it cannot be created.
    """
    bases = [tempfile.gettempdir(), os.environ.get("XDG_RUNTIME_DIR", ""), "/tmp"]
    longest = f"/{PREFIX}12345678/0123456789abcdef.sock"
    short = [base for base in bases if base and os.path.isdir(base) and len(base + longest) < _MAX_PATH]
    return Path(tempfile.mkdtemp(prefix=PREFIX, dir=short[0] if short else None))


def discovery_folder() -> Path | None:
    """Return the directory that the environment names, if we own it and only its owner can access it."""
    name = os.environ.get(VARIABLE, "")
    if not name:
        return None
    return Path(name) if _is_private(Path(name)) else None


def _is_private(folder: Path) -> bool:
    try:
        found = os.lstat(folder)
    except OSError:  # the server that made it has ended
        return False
    if not stat.S_ISDIR(found.st_mode):
        return False
    return not hasattr(os, "getuid") or (found.st_uid == os.getuid() and not stat.S_IMODE(found.st_mode) & 0o077)


def _unix_socket(path: Path) -> socket.socket:
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        listening.bind(str(path))
        path.chmod(0o600)
    except BaseException:
        listening.close()
        raise
    return listening


def _has_unix_sockets() -> bool:
    # Python has the family on Windows too, but asyncio does not support it there.
    return hasattr(socket, "AF_UNIX") and os.name != "nt"
