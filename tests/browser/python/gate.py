"""The port of a hub, shut and opened while the hub runs, as a firewall does it."""

import asyncio
import socket

from marimo_rfb import Hub
from marimo_rfb.hub.core import core_of

__all__ = ["Gate"]


class Gate:
    """Shuts the port of `hub`: nobody listens there, and what was connected is cut."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._port = hub.port
        self.is_open = True

    async def set_open(self, is_open: bool) -> None:
        """Open the port, or shut it."""
        if is_open == self.is_open:
            return
        self.is_open = is_open
        loop = core_of(self._hub)._loop
        assert loop is not None
        await asyncio.wrap_future(loop.run(self._open() if is_open else self._shut()))

    async def _shut(self) -> None:
        server = core_of(self._hub)._listener._server
        assert server is not None
        cut = list(server.connections)
        server.close(close_connections=False)
        for connection in cut:
            connection.transport.abort()

    async def _open(self) -> None:
        listener = core_of(self._hub)._listener
        listening = socket.socket()
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((self._hub.host, self._port))
        listener._server = await listener._listen(listening, listener._serve)
