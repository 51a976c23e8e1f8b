"""Where marimo's server finds the hubs of its kernels: a private directory that its kernels know by the environment.

Standard library only, because a server imports it while it starts.
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

# What the smallest of the systems allows for the path of a unix socket, with its closing zero.
_MAX_PATH = 104
_ID_BYTES = 8


@dataclass(frozen=True, slots=True)
class HubAddress:
    """How the server reaches a hub: by `path`, or where there are no unix sockets by `port` and `secret`."""

    path: str = ""
    port: int = 0
    secret: str = ""


class HubEndpoint:
    """A hub's end: listen at `socket` and let in whoever knows `secret`, which is empty where the path is enough.

    Attributes:
        hub_id: by what the server finds it.
    """

    def __init__(self, folder: Path, *, is_unix: bool) -> None:
        self.hub_id = secrets.token_hex(_ID_BYTES)
        self.secret = "" if is_unix else secrets.token_hex(32)
        self._file = folder / f"{self.hub_id}.{'sock' if is_unix else 'json'}"
        self.socket = _unix_socket(self._file) if is_unix else self._loopback_socket()

    def admits(self, presented: str) -> bool:
        """Tell whether a client may come in; in constant time."""
        return hmac.compare_digest(presented.encode(errors="surrogatepass"), self.secret.encode())

    def remove(self) -> None:
        """Let nobody find it any more. Twice is fine."""
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
    """Open a door in the server's directory; `None` where no server of ours made one.

    Raises:
        OSError: the directory is full, or gone.
    """
    folder = discovery_folder()
    return None if folder is None else HubEndpoint(folder, is_unix=_has_unix_sockets())


def find_hub(folder: Path, hub_id: str) -> HubAddress | None:
    """Return how to reach the hub `hub_id`; `None` when there is none. `hub_id` may be anything.

    Whoever can write to `folder` gets the cookies of those who knock, so it is looked at each time: what cleans up a
    folder for temporary files may have removed it, and somebody else may have made it again.
    """
    if not HUB_ID.fullmatch(hub_id) or not _is_private(folder):
        return None
    path = folder / f"{hub_id}.sock"
    if path.exists():
        return HubAddress(path=str(path))
    try:
        told = json.loads((folder / f"{hub_id}.json").read_text(encoding="utf-8"))
        return HubAddress(port=int(told["port"]), secret=str(told["secret"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def make_discovery_folder() -> Path:
    """Make the server's directory, for its owner alone, with a path that is short enough for a socket's.

    Raises:
        OSError: there is no place for one.
    """
    bases = [tempfile.gettempdir(), os.environ.get("XDG_RUNTIME_DIR", ""), "/tmp"]
    longest = f"/{PREFIX}12345678/0123456789abcdef.sock"
    short = [base for base in bases if base and os.path.isdir(base) and len(base + longest) < _MAX_PATH]
    return Path(tempfile.mkdtemp(prefix=PREFIX, dir=short[0] if short else None))


def discovery_folder() -> Path | None:
    """Return the directory that the environment names, if it is one that only its owner, who is us, can enter."""
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
    # Python knows the family on Windows too, but asyncio does not.
    return hasattr(socket, "AF_UNIX") and os.name != "nt"
