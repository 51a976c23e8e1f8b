"""ASGI middleware for marimo's server: proxies a page's WebSocket to the kernel's hub under the page's own origin.

It forwards `ws://<marimo>/<base>/rfb/<hub>/<stream>` over a Unix socket that only this user can access. The user must
be logged in to marimo, the page must come from this server, and the hub still checks the stream's token.

Standard library only at import, and nothing raises: an error here must not keep marimo from starting.
"""

import logging
import os
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

# Imported at startup, before an upgrade can change the installation; the rest is imported on the first request.
from marimo_rfb import version as version
from marimo_rfb.server.own_origins import OwnOrigins

__all__ = ["SameOrigin", "middleware"]

log = logging.getLogger(__name__)

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

PREFIX = "/rfb/"

# Shared by all apps of the process; they are one server.
_origins = OwnOrigins()
# Locks that mark the created folders as in use.
_locks: dict[Path, int | None] = {}


class SameOrigin:
    """ASGI middleware: handles requests below `/rfb/` and passes all others to `app`."""

    # Shared by all apps of the process while one of them is running.
    _folder: Path | None = None
    _users = 0
    _warned = False

    def __init__(self, app: App) -> None:
        self._app = app
        self._is_user = False
        self._enter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            return await self._live(scope, receive, send)
        path = self._path(scope) if scope["type"] in ("http", "websocket") else None
        if scope["type"] == "http":
            _learn_origin(scope)
        if path is None or self._folder is None:
            return await self._app(scope, receive, send)
        # Imported on the first request, so that marimo starts without its dependencies.
        from marimo_rfb.server import proxy

        if scope["type"] == "http":
            await proxy.respond(path, send)
        else:
            await proxy.proxy_websocket(path, self._folder, _origins, scope, receive, send)

    async def _live(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._enter()
        try:
            await self._app(scope, receive, send)
        finally:
            # Not at exit: a server that SIGTERM ends runs no exit handlers.
            self._leave()

    def _enter(self) -> None:
        if self._is_user:
            return
        self._is_user = True
        SameOrigin._users += 1
        try:
            if SameOrigin._folder is None:
                SameOrigin._folder = _make_folder()
        except Exception as exc:
            if not SameOrigin._warned:
                log.warning("marimo-rfb: streams cannot be proxied through this server: %s", exc, exc_info=True)
            SameOrigin._warned = True

    def _leave(self) -> None:
        self._is_user = False
        SameOrigin._users -= 1
        folder = SameOrigin._folder
        if SameOrigin._users == 0 and folder is not None:
            SameOrigin._folder = None
            _remove(folder, os.getpid())

    def _path(self, scope: Scope) -> str | None:
        """Return the path after `/rfb/`, not decoded; `None` for requests that are not ours."""
        raw = scope.get("raw_path") or quote(scope["path"], errors="replace").encode()
        # The last `/rfb/`, because ours contains no other. The base may be escaped in various ways, so it is decoded.
        base, found, path = raw.decode("latin-1").partition("?")[0].rpartition(PREFIX)
        return path if found and unquote(base) == _base_of(scope) else None


def _learn_origin(scope: Scope) -> None:
    # Checked as marimo itself does, and learned only from users who may watch: others could send forged headers.
    if "read" in getattr(scope.get("auth"), "scopes", ()):
        _origins.learn(scope["headers"])


def _make_folder() -> Path:
    import atexit

    from marimo_rfb.hub import hub_discovery

    folder = hub_discovery.make_discovery_folder()
    _lock_and_clean_up(folder, hub_discovery.PREFIX)
    atexit.register(_remove, folder, os.getpid())
    # Kernels are children of this process, or threads of it.
    os.environ[hub_discovery.VARIABLE] = str(folder)
    return folder


def _lock_and_clean_up(folder: Path, prefix: str) -> None:
    from marimo_rfb.server.stale_folders import lock_folder, remove_stale_folders

    try:
        _locks[folder] = lock_folder(folder)
        remove_stale_folders(folder.parent, prefix)
    except OSError:  # a file system without locks; the proxy works without them
        log.debug("cannot lock or clean up the directories of servers", exc_info=True)


def _remove(folder: Path, owner: int) -> None:
    if os.getpid() == owner:  # a forked child inherits the exit handler
        import shutil

        shutil.rmtree(folder, ignore_errors=True)
        if (lock := _locks.pop(folder, None)) is not None:
            os.close(lock)


def _base_of(scope: Scope) -> str:
    root = scope.get("root_path", "").rstrip("/")
    base = getattr(getattr(scope.get("app"), "state", None), "base_url", "") or ""
    base = base.rstrip("/")
    # For an app mounted in another, both contain the mount path.
    return str(root if root.endswith(base) else root + base)


class _Entry:
    """The entry point that marimo loads: same interface as starlette's `Middleware`, without importing it."""

    def __init__(self) -> None:
        self.cls = SameOrigin
        self.args: tuple[Any, ...] = ()
        self.kwargs: dict[str, Any] = {}

    def __iter__(self) -> Iterator[Any]:
        return iter((self.cls, self.args, self.kwargs))


middleware = _Entry()
