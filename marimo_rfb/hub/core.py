"""The internal side of a hub, for streams, widgets and external transports."""

import asyncio
import logging
import os
import threading
import weakref
from collections.abc import AsyncIterator, Callable, Mapping
from concurrent.futures import Future
from typing import ClassVar, Protocol, cast

from marimo_rfb.errors import HubClosed, StreamExists
from marimo_rfb.events import InputEvent
from marimo_rfb.fork import call_in_child
from marimo_rfb.hub.access import AccessOptions
from marimo_rfb.hub.event_iterator import iterate_events
from marimo_rfb.hub.event_loop import SharedEventLoop
from marimo_rfb.hub.external_socket import ExternalSocket, ExternalTransport
from marimo_rfb.hub.fanout import Fanout
from marimo_rfb.hub.listener import Listener, ListenOptions
from marimo_rfb.hub.viewer_socket import Handshake
from marimo_rfb.stream.event_queue import EventQueue
from marimo_rfb.stream.owner import EventSource, OwnedStream
from marimo_rfb.stream.server import StreamServer
from marimo_rfb.stream.stream import Stream
from marimo_rfb.wire.messages import FileHeader, ServerMessage

__all__ = ["Core", "core_of"]

log = logging.getLogger(__name__)


class Core:
    """The streams of a hub with their viewers, its port, and the loop that serves them.

    Users hold the `Hub`; the rest of the package gets its core by `core_of`. It is the `StreamOwner` of the hub's
    streams and the `StreamDirectory` of its listener. Every method is thread-safe.

    Attributes:
        server: the hub of this core.
    """

    _by_port: ClassVar["weakref.WeakValueDictionary[int, Core]"] = weakref.WeakValueDictionary()

    def __init__(
        self,
        server: StreamServer,
        *,
        listen: ListenOptions,
        access: AccessOptions,
        token: str,
        closes_with_stream: bool,
    ) -> None:
        self.server = server
        self._listen = listen
        self._listener = Listener(listen, access, self, token=token)
        self._closes_with_stream = closes_with_stream
        self._fanouts: dict[str, Fanout] = {}
        self._lock = threading.Lock()
        self._loop: SharedEventLoop | None = None
        self._closed = False
        self._pid = os.getpid()

    @staticmethod
    def on_port(port: int) -> "Core | None":
        """Return the core of this process' open hub on `port`, if any."""
        return Core._by_port.get(port)

    @property
    def port(self) -> int:
        """The TCP port; 0 before the start."""
        return self._listener.port

    @property
    def host(self) -> str:
        """The address the hub is bound to."""
        return self._listen.host

    @property
    def id(self) -> str:
        """The identifier by which marimo's server finds the hub; empty without such a server."""
        return self._listener.id

    @property
    def is_wildcard(self) -> bool:
        """Whether the hub is bound to all addresses of this machine."""
        return self._listen.is_wildcard

    @property
    def started(self) -> bool:
        """Whether the hub listens, or did before it was closed."""
        return self._loop is not None

    @property
    def closed(self) -> bool:
        """Whether the hub was closed, or belongs to another process."""
        return self._closed or self._pid != os.getpid()

    @property
    def names(self) -> list[str]:
        """The names of all streams."""
        return list(self._fanouts)

    def start(self) -> None:
        """Implement `Hub.start`."""
        loop = self._acquire_loop()
        try:
            loop.wait(self._listener.start())
        except BaseException:
            self._release_loop()
            raise
        Core._by_port[self.port] = self

    async def astart(self) -> None:
        """Implement `Hub.astart`."""
        loop = self._acquire_loop()
        try:
            await asyncio.wrap_future(loop.run(self._listener.start()))
        except BaseException:
            self._release_loop()
            raise
        Core._by_port[self.port] = self

    def close(self) -> None:
        """Implement `Hub.close`."""
        self._check_can_wait()
        loop = self._end()
        if loop is not None:
            loop.wait(self._shut_down())
            loop.release()

    async def aclose(self) -> None:
        """Implement `Hub.aclose`."""
        loop = self._end()
        if loop is not None:
            await asyncio.wrap_future(loop.run(self._shut_down()))
            loop.release()

    def check_open(self) -> None:
        """Raise `HubClosed` if the hub was closed, or belongs to another process."""
        self._check_own()
        if self._closed:
            raise HubClosed("the hub was closed; make a new one")

    def add(self, stream: Stream) -> None:
        """Make `stream` available to viewers.

        Raises:
            StreamExists: there is a stream with its name.
        """
        with self._lock:
            if stream.name in self._fanouts:
                name = stream.name
                raise StreamExists(f"there is a stream {name!r} already; stream({name!r}) returns it")
            self._fanouts[stream.name] = Fanout(stream)

    def ws_url(self, name: str) -> str:
        """Return the WebSocket URL of a stream."""
        host = "localhost" if self.is_wildcard else self.host
        return f"ws://{f'[{host}]' if ':' in host else host}:{self.port}/{name}"

    def client_count(self, name: str) -> int:
        """Return the number of viewers of a stream."""
        fanout = self._fanouts.get(name)
        return 0 if fanout is None else len(fanout.connections)

    def post(self, stream: OwnedStream, message: ServerMessage) -> None:
        """Send `message` to every viewer of `stream` that supports it."""
        self._call_fanout(stream, Fanout.post, message)

    def send_file(self, stream: OwnedStream, viewer: str, header: FileHeader, content: bytes) -> None:
        """Send a file to one viewer of `stream`, for its user to save."""
        self._call_fanout(stream, Fanout.send_file, viewer, header, content)

    def restart_encoding(self, stream: OwnedStream) -> None:
        """Encode from now on with the stream's current options."""
        self._call_fanout(stream, Fanout.restart_encoding)

    def iterate_events(self, source: EventSource, queue: EventQueue) -> AsyncIterator[InputEvent]:
        """Yield the events of `source`, buffered by `queue`."""
        return iterate_events(source, queue)

    def close_stream(self, stream: OwnedStream) -> None:
        """Close one stream; a hub that was made for it closes too."""
        self._check_can_wait()
        if self._closes_with_stream:
            self.close()
        elif (removal := self._remove_stream(stream)) is not None:
            removal.result()

    async def aclose_stream(self, stream: OwnedStream) -> None:
        """Close one stream without blocking the running loop; see `close_stream`."""
        if self._closes_with_stream:
            await self.aclose()
        elif (removal := self._remove_stream(stream)) is not None:
            await asyncio.wrap_future(removal)

    def issue_ticket(self, stream: Stream, token: str) -> str:
        """Return a ticket that replaces `token` for a minute; empty when no viewer can connect. Any thread.

        For a page that must connect before the kernel can send it the token, where the ticket may be saved in a file.
        Closing the stream invalidates it.
        """
        fanout = self._fanouts.get(stream.name)
        if self._loop is None or self._closed or fanout is None or fanout.stream is not stream:
            return ""
        return fanout.tickets.issue(token)

    def call_later(self, delay_s: float, function: Callable[[], None]) -> None:
        """Call `function` on the hub's thread after `delay_s` seconds, if it still runs then. Any thread."""
        loop = self._loop
        if loop is not None:
            loop.call(loop.loop.call_later, delay_s, function)

    def serve_viewer(
        self,
        transport: ExternalTransport,
        name: str,
        handshake: Handshake,
        *,
        access: AccessOptions | None = None,
        is_shared: bool = False,
    ) -> ExternalSocket:
        """Serve a viewer over `transport`; pass the viewer's messages to the returned socket. Any thread.

        Args:
            transport: sends messages to the browser.
            name: of the stream.
            handshake: the browser's handshake.
            access: overrides the hub's access options.
            is_shared: whether the transport also carries other traffic.

        Raises:
            HubClosed: the hub was closed, or never started.
        """
        self._check_own()
        with self._lock:  # so that the loop gets it before the shutdown that `close` sends from another thread
            self.check_open()
            if self._loop is None:
                raise HubClosed("the hub was not started; `await hub.astart()` or `hub.start()` does it")
            socket = ExternalSocket(transport, handshake, loop=self._loop.loop, is_shared=is_shared)
            self._loop.run(self._listener.serve_viewer(socket, name, access)).add_done_callback(_log_failure)
        return socket

    def fanout(self, name: str) -> Fanout | None:
        """Return the fanout of a stream, if there is such a stream."""
        return self._fanouts.get(name)

    def list_streams(self) -> list[Mapping[str, object]]:
        """Return the response of `/streams`."""
        return [
            {"name": s.name, "width": s.width, "height": s.height, "viewers": len(f.connections)}
            for f in list(self._fanouts.values())
            if (s := f.stream)
        ]

    def metrics(self, name: str) -> Mapping[str, object] | None:
        """Return the response of `/streams/<name>/metrics`."""
        fanout = self._fanouts.get(name)
        if fanout is None:
            return None
        viewers = [c.describe() for c in fanout.connections]
        return {"name": name, **fanout.stream.stats.as_dict(), "viewers": viewers}

    def _call_fanout(self, stream: OwnedStream, method: Callable[..., None], *arguments: object) -> None:
        """Call a method of the stream's fanout on the loop; before the start there are no viewers to call it for."""
        fanout, loop = self._fanouts.get(stream.name), self._loop
        if self._pid != os.getpid():
            return
        if fanout is not None and loop is not None:
            loop.call(method, fanout, *arguments)

    def _check_own(self) -> None:
        # Before the lock is taken, which another thread of the parent may have held during the fork.
        if self._pid != os.getpid():
            raise HubClosed(f"the hub belongs to process {self._pid}, which this one was forked from; make one here")

    def _acquire_loop(self) -> SharedEventLoop:
        self._check_own()
        with self._lock:
            self.check_open()
            if self._loop is not None:
                raise HubClosed("the hub was started already")
            self._loop = SharedEventLoop()
            return self._loop

    def _release_loop(self) -> None:
        assert self._loop is not None
        self._loop.release()
        self._loop = None

    def _check_can_wait(self) -> None:
        # Before anything is marked as closed, because the close could not finish.
        if self._loop is not None and not self.closed:
            self._loop.check_can_wait()

    def _remove_stream(self, stream: OwnedStream) -> Future[None] | None:
        """Free the name and disconnect the viewers; `None` if the stream, or the hub, is closed already."""
        if self._pid != os.getpid():
            return None
        with self._lock:
            fanout = self._fanouts.get(stream.name)
            if self._closed or fanout is None or fanout.stream is not stream:
                return None
            del self._fanouts[stream.name]
            if self._loop is None:  # no viewer can have connected
                fanout.close()
                return None
            # Under the lock, so that the loop gets it before the shutdown that `close` may send from another thread.
            return self._loop.run(self._disconnect(fanout))

    def _end(self) -> SharedEventLoop | None:
        if self._pid != os.getpid():
            return None
        with self._lock:
            loop = None if self._closed else self._loop
            self._closed = True
            if self._loop is None:
                self._close_fanouts()
        if Core._by_port.get(self.port) is self:
            del Core._by_port[self.port]
        return loop

    async def _disconnect(self, fanout: Fanout) -> None:
        await self._listener.disconnect(fanout, f"stream {fanout.stream.name.partition('~')[0]} was closed")
        fanout.close()

    async def _shut_down(self) -> None:
        await self._listener.stop()
        self._close_fanouts()

    def _close_fanouts(self) -> None:
        for fanout in self._fanouts.values():
            fanout.close()
        self._fanouts.clear()


class _HasCore(Protocol):
    _core: Core


def core_of(hub: StreamServer) -> Core:
    """Return the internal side of a `Hub`, which is not part of its public interface."""
    return cast("_HasCore", hub)._core


def _forget_ports() -> None:
    Core._by_port = weakref.WeakValueDictionary()


call_in_child(_forget_ports)


def _log_failure(future: Future[None]) -> None:
    # No caller reads the future, so the error would be lost.
    if not future.cancelled() and (exc := future.exception()) is not None:
        log.error("serving a viewer failed", exc_info=exc)
