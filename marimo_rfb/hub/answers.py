"""What one viewer asks of the newest frame."""

import asyncio
import base64
import logging
from collections.abc import Callable

from marimo_rfb.encode.capture import encode_capture
from marimo_rfb.frame import Frame
from marimo_rfb.hub.socket import Socket
from marimo_rfb.stream import workers
from marimo_rfb.stream.stream import Stream
from marimo_rfb.viewer import Viewer
from marimo_rfb.wire.envelope import pack
from marimo_rfb.wire.messages import Capture, CaptureHeader, Inspect, Pixels, Unanswered

__all__ = ["Answers"]

log = logging.getLogger(__name__)

# How far a patch reaches from the pixel in its middle.
REACH = 5
LOOK_FOR_ROOM_EVERY_S = 0.05


class Answers:
    """Gives a viewer pixels as they were published. On the hub's loop only.

    Args:
        told: called when an answer is in the viewer's `outgoing` that nobody waits for.
        roomy: called when a socket that a capture had filled has room again; no ack tells of that.
    """

    def __init__(
        self, viewer: Viewer, socket: Socket, stream: Stream, *, told: Callable[[], None], roomy: Callable[[], None]
    ) -> None:
        self._viewer = viewer
        self._socket = socket
        self._stream = stream
        self._told = told
        self._roomy = roomy
        self._capturing: asyncio.Task[None] | None = None

    def inspect(self, asked: Inspect) -> None:
        """Answer with the pixels around one."""
        frame = self._stream.newest
        if frame is None or not self._socket.has_room:
            return self._refuse(asked.id, self._hindrance(frame))
        if not (0 <= asked.x < frame.width and 0 <= asked.y < frame.height):
            return self._refuse(asked.id, f"the frame is {frame.width} x {frame.height}")
        self._viewer.answer(_patch(frame, asked))

    def capture(self, asked: Capture) -> None:
        """Answer with the whole frame, as soon as it is encoded."""
        frame = self._stream.newest
        if self._capturing is not None:
            return self._refuse(asked.id, "another capture is under way")
        if frame is None or not self._socket.has_room:
            return self._refuse(asked.id, self._hindrance(frame))
        self._capturing = asyncio.create_task(self._capture(asked, frame))

    def stop(self) -> None:
        """Answer nothing more."""
        if self._capturing is not None:
            self._capturing.cancel()

    async def _capture(self, asked: Capture, frame: Frame) -> None:
        try:
            packed = workers.submit_aside(lambda: _packed(frame, asked), stream=self._stream)
            message = await asyncio.wrap_future(packed)
            if self._socket.has_room and self._viewer.closing is None:
                self._socket.send(message)
            else:
                self._refuse(asked.id, self._hindrance(frame))
        except Exception:
            log.exception("cannot capture a frame")
            self._refuse(asked.id, "the frame cannot be encoded")
        self._told()
        await self._until_room()
        self._capturing = None

    async def _until_room(self) -> None:
        was_full = False
        while not self._socket.has_room:
            was_full = True
            await asyncio.sleep(LOOK_FOR_ROOM_EVERY_S)
        if was_full:
            self._roomy()

    def _refuse(self, id: int, reason: str) -> None:
        self._viewer.answer(Unanswered(id=id, reason=reason))

    def _hindrance(self, frame: Frame | None) -> str:
        return "nothing was published yet" if frame is None else "too much is on the way already"


def _patch(frame: Frame, asked: Inspect) -> Pixels:
    left, top = max(0, asked.x - REACH), max(0, asked.y - REACH)
    pixels = frame.pixels[top : asked.y + REACH + 1, left : asked.x + REACH + 1]
    height, width, channels = pixels.shape
    return Pixels(
        id=asked.id,
        seq=frame.seq,
        x=left,
        y=top,
        width=width,
        height=height,
        channels=channels,
        data=base64.b64encode(pixels.tobytes()).decode(),
    )


def _packed(frame: Frame, asked: Capture) -> bytes:
    chunk = encode_capture(frame)
    header = CaptureHeader(id=asked.id, seq=frame.seq, width=frame.width, height=frame.height, mime=chunk.mime)
    return pack(header, chunk.payload)
