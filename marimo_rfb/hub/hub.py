"""The public class `Hub`: the server of a process' streams."""

import warnings
from typing import Any, NoReturn, Self, Unpack, cast

from marimo_rfb.errors import StreamNotFound
from marimo_rfb.hub.access import AccessOptions, is_loopback, make_token
from marimo_rfb.hub.core import Core
from marimo_rfb.hub.listener import ListenOptions
from marimo_rfb.stream.options import StreamOptions, StreamOptionsDict
from marimo_rfb.stream.stream import Stream

__all__ = ["Hub"]


class Hub:
    """Serves any number of streams on one port, on a background thread that all hubs of the process share.

    Created by `serve_server`, or directly and then started with `start` or `astart`; streams can be added before. Every
    method is thread-safe; `astart` and `aclose` do not block the running event loop.

    Args:
        listen: address and port. Default: a free port on loopback.
        access: access control. Default: viewers need the token of the stream.
        closes_with_stream: whether closing one of its streams closes the hub, as for `serve`. Default: `False`.

    Attributes:
        access: access control.
        token: the secret for `/streams` and the metrics on the hub's port.
    """

    def __init__(
        self,
        *,
        listen: ListenOptions | None = None,
        access: AccessOptions | None = None,
        closes_with_stream: bool = False,
    ) -> None:
        self.access = access or AccessOptions()
        self.token = make_token(self.access)
        self._core = Core(
            self,
            listen=listen or ListenOptions(),
            access=self.access,
            token=self.token,
            closes_with_stream=closes_with_stream,
        )

    def __repr__(self) -> str:
        where = "closed" if self.closed else f"{self.host}:{self.port}"
        return f"<Hub {where}, streams {self.streams}>"

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        """Return the hub itself: a copy could not listen on the same port."""
        return self

    def __copy__(self) -> Self:
        return self

    def __reduce__(self) -> NoReturn:
        raise TypeError("a hub stays in its process, where its viewers are connected; send arrays to it instead")

    @staticmethod
    def on_port(port: int) -> "Hub | None":
        """Return this process' open hub on `port`, or `None`."""
        core = Core.on_port(port)
        return None if core is None else cast("Hub", core.server)

    @property
    def port(self) -> int:
        """The TCP port; 0 before the start."""
        return self._core.port

    @property
    def host(self) -> str:
        """The address the hub is bound to."""
        return self._core.host

    @property
    def closed(self) -> bool:
        """Whether the hub was closed, or belongs to the parent process: a forked child cannot use its hubs."""
        return self._core.closed

    @property
    def streams(self) -> list[str]:
        """The names of all streams."""
        return self._core.names

    def start(self) -> Self:
        """Start listening, and return the hub.

        Raises:
            PortInUse: another program uses the port.
            OptionError: the host or port cannot be bound.
            HubClosed: the hub was closed.
        """
        self._core.start()
        return self._started()

    async def astart(self) -> Self:
        """Start listening without blocking the running event loop; see `start`."""
        await self._core.astart()
        return self._started()

    def add_stream(self, name: str, width: int, height: int, **options: "Unpack[StreamOptionsDict]") -> Stream:
        """Create a stream.

        Args:
            name: its name, which is also its path in the hub's address, `ws://host:port/name`.
            width: width of the picture in pixels until the first frame.
            height: height of the picture in pixels until the first frame.
            options: the fields of `StreamOptions`.

        Raises:
            StreamExists: the hub already has a stream with that name.
            OptionError: an argument is invalid.
            HubClosed: the hub was closed.
        """
        self._core.check_open()
        stream = Stream(
            name,
            width,
            height,
            options=StreamOptions().replaced(options),
            owner=self._core,
            token=make_token(self.access),
        )
        self._core.add(stream)
        return stream

    def stream(self, name: str = "default") -> Stream:
        """Return the stream with that name.

        Raises:
            StreamNotFound: the hub has no stream with that name.
        """
        fanout = self._core.fanout(name)
        if fanout is None:
            raise StreamNotFound(f"no stream {name!r}; there are {', '.join(map(repr, self.streams)) or 'none'}")
        return fanout.stream

    def remove_stream(self, name: str) -> None:
        """Close a stream and disconnect its viewers.

        Raises:
            StreamNotFound: the hub has no stream with that name.
        """
        self.stream(name).close()

    def close(self) -> None:
        """Close all streams, disconnect all viewers and free the port. Idempotent."""
        self._core.close()

    async def aclose(self) -> None:
        """Close the hub without blocking the running event loop; see `close`."""
        await self._core.aclose()

    async def __aenter__(self) -> Self:
        return self if self._core.started else await self.astart()

    async def __aexit__(self, *exc: object) -> None:
        await self.aclose()

    def _started(self) -> Self:
        if self.access.is_open and not is_loopback(self.host):
            message = (
                f"every client that reaches {self.host}:{self.port} can watch and send input; set token or authenticate"
            )
            warnings.warn(message, stacklevel=3)
        return self
