"""Pixel requests of one viewer: inspection, histogram and capture of the newest frame."""

import asyncio
import base64
import logging
from collections.abc import Callable
from dataclasses import asdict

from marimo_rfb.encode.screenshot import encode_screenshot
from marimo_rfb.frame import Frame
from marimo_rfb.hub.viewer_socket import ViewerSocket
from marimo_rfb.stream import encoder_pool
from marimo_rfb.stream.stream import Stream
from marimo_rfb.tone.histogram import histogram_of
from marimo_rfb.tone.number_text import number_texts
from marimo_rfb.wire.envelope import pack
from marimo_rfb.wire.messages import (
    AskHistogram,
    Capture,
    CaptureHeader,
    Histogram,
    Inspect,
    Pixels,
    RequestFailed,
)
from marimo_rfb.wire.viewer_protocol import ViewerProtocol

__all__ = ["PixelRequests"]

log = logging.getLogger(__name__)

# Distance from the center pixel of a patch to its edge, pixels.
PATCH_RADIUS = 5
ROOM_POLL_INTERVAL_S = 0.05


class PixelRequests:
    """Answers a viewer's requests for pixels as they were published. Hub's loop only.

    Args:
        on_response: called when a capture or a histogram may have put a response into the viewer's `outgoing`, to
            flush it.
        on_room: called when a socket that a capture filled has room again, because no ack follows.
    """

    def __init__(
        self,
        viewer: ViewerProtocol,
        socket: ViewerSocket,
        stream: Stream,
        *,
        on_response: Callable[[], None],
        on_room: Callable[[], None],
    ) -> None:
        self._viewer = viewer
        self._socket = socket
        self._stream = stream
        self._on_response = on_response
        self._on_room = on_room
        self._capturing: asyncio.Task[None] | None = None
        self._counting: asyncio.Task[None] | None = None

    def inspect(self, request: Inspect) -> None:
        """Answer with the patch of pixels around one pixel."""
        frame = self._stream.newest
        if frame is None or self._socket.is_congested:
            return self._reject(request.id, self._rejection_reason(frame))
        if not (0 <= request.x < frame.width and 0 <= request.y < frame.height):
            return self._reject(request.id, f"the frame is {frame.width} x {frame.height}")
        self._viewer.answer(_patch(frame, request))

    def capture(self, request: Capture) -> None:
        """Answer with the whole frame, as soon as it is encoded."""
        frame = self._stream.newest
        if self._capturing is not None:
            return self._reject(request.id, "another capture is running")
        if frame is None or self._socket.is_congested:
            return self._reject(request.id, self._rejection_reason(frame))
        self._capturing = asyncio.create_task(self._capture(request, frame))

    def histogram(self, request: AskHistogram) -> None:
        """Answer with the histogram of the newest frame's numbers, as soon as it is made."""
        frame = self._stream.newest
        if self._counting is not None:
            return self._reject(request.id, "another histogram is being made")
        if frame is None or self._socket.is_congested:
            return self._reject(request.id, self._rejection_reason(frame))
        if frame.data.ndim == 3:
            return self._reject(request.id, "the frame has colors")
        self._counting = asyncio.create_task(self._count(request, frame))

    def stop(self) -> None:
        """Cancel what is running."""
        for task in (self._capturing, self._counting):
            if task is not None:
                task.cancel()

    async def _count(self, request: AskHistogram, frame: Frame) -> None:
        try:
            counted = encoder_pool.submit_in_background(lambda: histogram_of(frame.data), stream=self._stream)
            histogram = await asyncio.wrap_future(counted)
            if histogram is None:
                self._reject(request.id, "the frame has no finite numbers")
            else:
                self._viewer.answer(Histogram(id=request.id, seq=frame.seq, **asdict(histogram)))
        except Exception:
            log.exception("cannot make a histogram")
            self._reject(request.id, "the histogram cannot be made")
        self._counting = None
        self._on_response()

    async def _capture(self, request: Capture, frame: Frame) -> None:
        try:
            packed = encoder_pool.submit_in_background(lambda: _packed(frame, request), stream=self._stream)
            message = await asyncio.wrap_future(packed)
            if not self._socket.is_congested and self._viewer.closing is None:
                self._socket.send(message)
            else:
                self._reject(request.id, self._rejection_reason(frame))
        except Exception:
            log.exception("cannot capture a frame")
            self._reject(request.id, "the frame cannot be encoded")
        self._on_response()
        await self._wait_for_room()
        self._capturing = None

    async def _wait_for_room(self) -> None:
        was_full = False
        while self._socket.is_congested:
            was_full = True
            await asyncio.sleep(ROOM_POLL_INTERVAL_S)
        if was_full:
            self._on_room()

    def _reject(self, id: int, reason: str) -> None:
        self._viewer.answer(RequestFailed(id=id, reason=reason))

    def _rejection_reason(self, frame: Frame | None) -> str:
        return "nothing was published yet" if frame is None else "the send buffer is full"


def _patch(frame: Frame, request: Inspect) -> Pixels:
    left, top = max(0, request.x - PATCH_RADIUS), max(0, request.y - PATCH_RADIUS)
    rows = slice(top, request.y + PATCH_RADIUS + 1)
    columns = slice(left, request.x + PATCH_RADIUS + 1)
    pixels = frame.pixels_in(rows, columns)
    height, width, channels = pixels.shape
    return Pixels(
        id=request.id,
        seq=frame.seq,
        x=left,
        y=top,
        width=width,
        height=height,
        channels=channels,
        data=base64.b64encode(pixels.tobytes()).decode(),
        values=number_texts(frame.data[rows, columns]) if frame.data.ndim == 2 else None,
    )


def _packed(frame: Frame, request: Capture) -> bytes:
    chunk = encode_screenshot(frame)
    header = CaptureHeader(id=request.id, seq=frame.seq, width=frame.width, height=frame.height, mime=chunk.mime)
    return pack(header, chunk.payload)
