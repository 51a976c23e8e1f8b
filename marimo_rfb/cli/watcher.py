"""A page's end of a stream: says hello, takes pictures and acknowledges them."""

import io
import time
from collections import deque
from dataclasses import dataclass

import numpy as np
from PIL import Image

from marimo_rfb.cli.visitor import WAIT_S
from marimo_rfb.cli.websocket import WebSocket
from marimo_rfb.errors import WireError
from marimo_rfb.frame import Pixels
from marimo_rfb.wire import messages as m
from marimo_rfb.wire.envelope import unpack
from marimo_rfb.wire.json_codec import parse_server

__all__ = ["Picture", "Watcher"]

_SUPPORTED = (
    m.Capability.JPEG,
    m.Capability.PNG,
    m.Capability.WEBP,
    # Only a server of ours answers these two, which tells it from an older one.
    m.Capability.TRANSPORT,
    m.Capability.NOTICE,
)


@dataclass(frozen=True, slots=True)
class Picture:
    """What came, not yet decoded."""

    header: m.Header
    payload: memoryview

    def decode(self) -> Pixels:
        """Return `(height, width, 3)` RGB.

        Raises:
            WireError: it is no picture.
        """
        try:
            return np.asarray(Image.open(io.BytesIO(self.payload)).convert("RGB"))
        except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as exc:
            raise WireError(f"the picture cannot be decoded: {exc}") from exc


class Watcher:
    """Watches the stream at the other end of `socket`.

    What raises `WireError` here is a message that breaks the protocol; `SocketClosed` and `TimeoutError` are the
    socket's.
    """

    def __init__(self, socket: WebSocket) -> None:
        self.notice = ""
        self._socket = socket
        self._pictures: deque[Picture] = deque()

    def greet(self, token: str | None) -> None:
        """Say hello."""
        self._socket.say(m.Hello(supported=_SUPPORTED, token=token))

    def await_config(self) -> m.Config:
        """Return what the server answers to the hello."""
        end_s = time.monotonic() + WAIT_S
        while True:
            message = self._hear(end_s)
            if isinstance(message, m.Config):
                return message

    def next_picture(self) -> Picture:
        """Return the next picture, acknowledged."""
        end_s = time.monotonic() + WAIT_S
        while not self._pictures:
            self._hear(end_s)
        return self._pictures.popleft()

    def _hear(self, end_s: float) -> m.ServerMessage | None:
        data = self._socket.hear(end_s - time.monotonic())
        if isinstance(data, bytes):
            header, payload = unpack(data)
            self._socket.say(m.Ack(seq=header.seq))
            self._pictures.append(Picture(header, payload))
            return None
        message = parse_server(data)
        if isinstance(message, m.Notice):
            self.notice = message.text
        return message
