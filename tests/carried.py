"""The browser's end of a connection whose bytes a test carries."""

import itertools
from typing import Any

from support import EXTENSIONS, IMAGES, Picture, eventually

from marimo_rfb.hub.core import core_of
from marimo_rfb.hub.hub import Hub
from marimo_rfb.hub.viewer_socket import Handshake
from marimo_rfb.stream.stream import Stream
from marimo_rfb.wire.json_codec import encode_message, parse_server
from marimo_rfb.wire.messages import Ack, ClientMessage, Config, Hello, Notice, ServerMessage

_barriers = itertools.count(1)


class Carried:
    """An `ExternalTransport` that keeps what it is given, and a browser that says what a test wants."""

    def __init__(
        self, hub: Hub, name: str = "scene", *, headers: dict[str, str] | None = None, vouched: bool = False, **how: Any
    ) -> None:
        self.has_room = True
        self.control: list[ServerMessage] = []
        self.pictures: list[Picture] = []
        self.closed: tuple[int, str] | None = None
        self._acked = 0
        self.bridge = core_of(hub).serve_viewer(self, name, Handshake(headers or {}, vouched=vouched), **how)

    @classmethod
    def watching(cls, stream: Stream, **how: Any) -> "Carried":
        """Say hello with the token and wait until the hub has let us in."""
        before = stream.client_count
        carried = cls(stream.server, stream.name, **how)
        carried.say(Hello(supported=IMAGES + EXTENSIONS, token=stream.token))
        eventually(lambda: stream.client_count > before)
        assert isinstance(carried.control[0], Config)
        return carried

    def say(self, message: ClientMessage | str | bytes) -> None:
        self.bridge.data_received(message if isinstance(message, (str, bytes)) else encode_message(message))

    def ack(self, seq: int) -> None:
        self.say(Ack(seq=seq))

    def barrier(self, stream: Stream) -> None:
        """Wait for everything the hub sent until now: a notice takes the same way and is overtaken by nothing."""
        text = f"barrier {next(_barriers)}"
        stream.notify(text)
        eventually(lambda: Notice(text=text) in self.control)

    def newest(self, seq: int) -> Picture:
        """Ack what was not acked yet until frame `seq` comes, and return it."""
        while True:
            eventually(lambda: len(self.pictures) > self._acked)
            self._acked = len(self.pictures)
            picture = self.pictures[self._acked - 1]
            self.ack(picture.seq)
            if picture.seq >= seq:
                return picture

    # As an `ExternalTransport`.

    @property
    def is_congested(self) -> bool:
        return not self.has_room

    def send(self, message: str | bytes) -> None:
        assert self.closed is None, "something was sent after the close"
        if isinstance(message, bytes):
            self.pictures.append(Picture(message))
        else:
            parsed = parse_server(message)
            assert parsed is not None
            self.control.append(parsed)

    def close(self, code: int, reason: str) -> None:
        assert self.closed is None, "closed twice"
        self.closed = (int(code), reason)
