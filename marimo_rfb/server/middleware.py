"""The entry point in marimo's server: brings a page's sockets to the kernel's hub, by the page's own origin.

`ws://<marimo>/<base>/rfb/<hub>/<stream>` is passed on over a unix socket that only this user can reach. The server's
user must be logged in to marimo, the page must come from this server, and the stream's token still decides.

Standard library only at import, and nothing raises: what goes wrong here must not keep marimo from starting.
"""

import logging
import os
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from pathlib import Path
from typing import Any

__all__ = ["SameOrigin", "middleware"]

log = logging.getLogger(__name__)

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

PREFIX = "/rfb/"


class SameOrigin:
    """ASGI middleware: answers what lies below `/rfb/` and leaves everything else to `app`."""

    _folder: Path | None = None

    def __init__(self, app: App) -> None:
        self._app = app
        try:
            self._open()
        except Exception:
            log.warning("marimo-rfb: pictures cannot go through this server", exc_info=True)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = self._path(scope) if scope["type"] in ("http", "websocket") else None
        if path is None or self._folder is None:
            return await self._app(scope, receive, send)
        # Not before the first page asks: marimo starts without what it takes.
        from marimo_rfb.server import relay

        if scope["type"] == "http":
            await relay.answer(path, send)
        else:
            await relay.pass_on(path, self._folder, scope, receive, send)

    @classmethod
    def _open(cls) -> None:
        if cls._folder is not None:
            return
        import atexit
        import shutil

        from marimo_rfb.hub import rendezvous

        folder = rendezvous.make_directory()
        owner = os.getpid()

        def remove() -> None:
            if os.getpid() == owner:  # a forked child has this too
                shutil.rmtree(folder, ignore_errors=True)

        atexit.register(remove)
        # Kernels are children of this process, or threads of it.
        os.environ[rendezvous.VARIABLE] = str(folder)
        cls._folder = folder

    def _path(self, scope: Scope) -> str | None:
        """Return what lies behind `/rfb/`, not decoded; `None` for what is not ours."""
        raw = scope.get("raw_path") or scope["path"].encode()
        path = raw.decode("latin-1").partition("?")[0]
        base = _base_of(scope)
        if not path.startswith(base + PREFIX):
            return None
        return str(path[len(base) + len(PREFIX) :])


def _base_of(scope: Scope) -> str:
    root = scope.get("root_path", "").rstrip("/")
    base = getattr(getattr(scope.get("app"), "state", None), "base_url", "") or ""
    base = base.rstrip("/")
    # Of an app that is mounted in another, the place it is mounted at is part of both.
    return str(root if root.endswith(base) else root + base)


class _Entry:
    """What marimo hands to its server, in the form of starlette's `Middleware`, without importing that."""

    def __init__(self) -> None:
        self.cls = SameOrigin
        self.args: tuple[Any, ...] = ()
        self.kwargs: dict[str, Any] = {}

    def __iter__(self) -> Iterator[Any]:
        return iter((self.cls, self.args, self.kwargs))


middleware = _Entry()
