"""All messages of the wire protocol, for Python and TypeScript.

Each widget model has one WebSocket: text messages carry control messages as JSON, binary messages carry pictures (see
`envelope`). `js/generate_wire.py` generates `js/src/wire/messages.ts` and `readers.ts` from these classes; golden files
pin the bytes for both languages.

Fields with the value `None` are absent on the wire. Lengths are in frame pixels unless the name has another unit.
"""

from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import Annotated, Any, ClassVar, Literal

__all__ = [
    "CLIENT_MESSAGES",
    "HEADERS",
    "MAX_CONTROL_BYTES",
    "MAX_RECTS",
    "SERVER_MESSAGES",
    "Ack",
    "AskHistogram",
    "AskTime",
    "Bounds",
    "Bye",
    "Capability",
    "Capture",
    "CaptureHeader",
    "ClientMessage",
    "Clipboard",
    "CloseCode",
    "Color",
    "Config",
    "Contrast",
    "Cursor",
    "DecoderReset",
    "Event",
    "FileHeader",
    "Header",
    "Hello",
    "Histogram",
    "ImageHeader",
    "Inspect",
    "LimitRate",
    "Notice",
    "Pixels",
    "RectsHeader",
    "RequestFailed",
    "RequestKeyframe",
    "RubberBand",
    "SelectTransport",
    "ServerMessage",
    "SetContrast",
    "SetQuality",
    "SetViewport",
    "Stats",
    "StatusText",
    "Time",
    "ToolStates",
    "VideoHeader",
    "Visibility",
]

MAX_CONTROL_BYTES = 64 * 1024
MAX_RECTS = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """The range of a number that the page accepts; without bounds, any finite number.

    Only the page checks them, because it allocates memory for the sizes that a server sends. `min` and `max` also
    require an integer: JavaScript has no integer type, so an `int` without bounds may have a fraction.
    """

    min: int | None = None
    max: int | None = None
    above: float | None = None


_NonNegative = Annotated[int, Bounds(min=0)]
_Positive = Annotated[int, Bounds(min=1)]
_Side = Annotated[int, Bounds(min=1, max=65_536)]
# Not `_NonNegative | None`, because `get_type_hints` turns that into `Optional`, which is not a `types.UnionType`.
_OptionalNonNegative = Annotated[int | None, Bounds(min=0)]
_OptionalRatio = Annotated[float | None, Bounds(above=0)]


class Capability(StrEnum):
    """Capabilities for `hello.supported`; the first four belong to version 1 of the protocol."""

    JPEG = "image/jpeg"
    PNG = "image/png"
    WEBP = "image/webp"
    H264 = "webcodecs/h264-annexb"
    VP8 = "webcodecs/vp8"
    VP9 = "webcodecs/vp9"
    AV1 = "webcodecs/av1"
    RECT = "frame/rect"
    VISIBILITY = "control/visibility"
    TRANSPORT = "control/transport"
    NOTICE = "control/notice"
    CURSOR = "control/cursor"
    CLIPBOARD = "control/clipboard"
    RATE = "control/rate"
    TIME = "control/time"
    INSPECT = "control/inspect"
    CAPTURE = "control/capture"
    CONTRAST = "control/contrast"
    FIGURE = "control/figure"


class CloseCode(IntEnum):
    """Reasons for closing a socket; a client reconnects after an unknown code."""

    NORMAL = 1000
    GOING_AWAY = 1001
    NO_TRANSPORT = 1003
    PROTOCOL = 1008
    TOO_BIG = 1009
    UNAUTHORIZED = 4401
    NOT_FOUND = 4404
    NO_HELLO = 4408
    VERSION = 4426
    TOO_MANY = 4429


@dataclass(frozen=True, slots=True, kw_only=True)
class Color:
    """Colour space of a frame; an absent `color` means sRGB."""

    primaries: str
    transfer: str
    matrix: str
    full_range: bool
    bit_depth: _Positive


# Headers of binary messages, server to client.


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageHeader:
    """A whole picture as a still image.

    `width` and `height` are those of the published frame, to which the client stretches the image. `lossless` says
    whether the picture is identical to the frame; without it, PNG is and other types are not. It is there for a settled
    picture, which was sent before, and for a PNG that was scaled down.
    """

    type: ClassVar[str] = "image_frame"
    seq: _NonNegative
    timestamp_us: _NonNegative
    width: _Side
    height: _Side
    mime: str
    pixel_ratio: _OptionalRatio = None
    color: Color | None = None
    lossless: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RectsHeader:
    """The parts of a picture that changed, as still images that replace what the client shows there.

    They apply to the picture `base_seq` and to any newer one of a frame of this size, whatever the size of its image.
    `rects` has five integers for each part: x, y, width, and height in pixels of the frame, and the size of its image
    in bytes; `mimes` has the MIME types of the images, which follow one another in the payload. The client stretches
    each image to its rectangle. There are 1 to `MAX_RECTS` parts, inside the frame. `lossless` is as in `ImageHeader`,
    for the whole picture; without it, the picture is as it was if all images are PNG, and lossy otherwise.
    """

    type: ClassVar[str] = "image_rects"
    seq: _NonNegative
    timestamp_us: _NonNegative
    width: _Side
    height: _Side
    base_seq: _NonNegative
    rects: tuple[int, ...]
    mimes: tuple[str, ...]
    pixel_ratio: _OptionalRatio = None
    lossless: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoHeader:
    """One access unit of a video codec; `codec` is a WebCodecs codec string."""

    type: ClassVar[str] = "video_chunk"
    seq: _NonNegative
    timestamp_us: _NonNegative
    width: _Side
    height: _Side
    codec: str
    bitstream: Literal["annexb", "raw"]
    keyframe: bool
    duration_us: _OptionalNonNegative = None
    pixel_ratio: _OptionalRatio = None
    color: Color | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureHeader:
    """The response to `capture`: the newest frame, lossless."""

    type: ClassVar[str] = "capture"
    id: _NonNegative
    seq: _NonNegative
    width: _Side
    height: _Side
    mime: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FileHeader:
    """A file for the user to save, such as a figure; the payload is its content."""

    type: ClassVar[str] = "file"
    name: str
    mime: str


# Control, client to server.


@dataclass(frozen=True, slots=True, kw_only=True)
class Hello:
    """The first message of a client; must arrive within five seconds."""

    type: ClassVar[str] = "hello"
    supported: tuple[str, ...]
    device_pixel_ratio: float = 1.0
    token: str | None = field(default=None, repr=False)
    view: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ack:
    """Cumulative acknowledgement: the client has shown or dropped every frame up to `seq`.

    `delay_ms` is the time since it received that frame, so that the server can tell the path from the page.
    """

    type: ClassVar[str] = "ack"
    seq: int
    decode_queue_size: int = 0
    displayed: bool = True
    delay_ms: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestKeyframe:
    """The client cannot decode further frames without a key frame."""

    type: ClassVar[str] = "request_keyframe"
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DecoderReset:
    """The client rebuilt its decoder: the server discards the frames in flight and sends a key frame."""

    type: ClassVar[str] = "decoder_reset"


@dataclass(frozen=True, slots=True, kw_only=True)
class SetViewport:
    """The displayed size of the picture: `width`, `height` in CSS pixels, `pwidth`, `pheight` in device pixels."""

    type: ClassVar[str] = "set_viewport"
    width: float
    height: float
    pwidth: int
    pheight: int
    ratio: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """An input event; `marimo_rfb.events` validates `event`."""

    type: ClassVar[str] = "event"
    event: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Visibility:
    """Whether the viewer is visible; a hidden viewer gets no frames until it is visible again."""

    type: ClassVar[str] = "visibility"
    visible: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectTransport:
    """Select one of the codecs listed in `config.transports`."""

    type: ClassVar[str] = "select_transport"
    transport: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitRate:
    """Limit the frame rate to `fps` frames per second, 0.1 or more; an absent `fps` removes the limit."""

    type: ClassVar[str] = "limit_rate"
    fps: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AskTime:
    """Request the server's clock; the response repeats `sent_ms`."""

    type: ClassVar[str] = "ask_time"
    sent_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspect:
    """Request the 11 x 11 published pixels around a pixel, at most 120 times per second; the response repeats `id`."""

    type: ClassVar[str] = "inspect"
    id: int
    x: int
    y: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """Request the newest frame, lossless; one request at a time, at most 4 per second. The response repeats `id`."""

    type: ClassVar[str] = "capture"
    id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AskHistogram:
    """Request the histogram of the newest frame's numbers, at most 10 times per second; the response repeats `id`."""

    type: ClassVar[str] = "ask_histogram"
    id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SetContrast:
    """Change how numbers are shown, for all viewers; an absent `vmin` or `vmax` returns to the stream's own rule.

    `cmap` is the name of a colormap; empty for gray.
    """

    type: ClassVar[str] = "set_contrast"
    vmin: float | None = None
    vmax: float | None = None
    gamma: float = 1.0
    cmap: str = ""


# Control, server to client.


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """The negotiated configuration: the response to `hello`, sent again after each change.

    `transport` is the codec. `extras` are the capabilities beyond version 1 that both sides support.
    """

    type: ClassVar[str] = "config"
    transport: str
    # 0 x 0 if the stream has no frame yet.
    width: _NonNegative
    height: _NonNegative
    coords: str = "frame-pixels"
    codec: str | None = None
    pixel_ratio: float | None = None
    color: Color | None = None
    transports: tuple[str, ...] | None = None
    extras: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stats:
    """Measurements of the server, sent at most once per second.

    `quality` and `scale` are those of the viewer's pictures, and `layer_reason` says why. `queue_ms` is how much longer
    than the round trip the last picture took to the viewer, `rate_bps` what the path delivers.
    """

    type: ClassVar[str] = "stats"
    rtt_ms: float | None = None
    fps_sent: float | None = None
    fps_acked: float | None = None
    bitrate_bps: float | None = None
    encode_ms: float | None = None
    decode_queue_size: int | None = None
    window: int | None = None
    dropped: int | None = None
    target_bitrate: float | None = None
    target_fps: float | None = None
    quality: int | None = None
    scale: float | None = None
    layer_reason: str | None = None
    queue_ms: float | None = None
    rate_bps: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SetQuality:
    """New targets of the server for bitrate and frame rate."""

    type: ClassVar[str] = "set_quality"
    bitrate: float | None = None
    fps: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """The CSS cursor to show over the picture."""

    type: ClassVar[str] = "cursor"
    css: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Text to show over the picture until the next notice; an empty text removes it."""

    type: ClassVar[str] = "notice"
    text: str
    level: Literal["info", "error"] = "error"


@dataclass(frozen=True, slots=True, kw_only=True)
class Clipboard:
    """Text for the user's clipboard."""

    type: ClassVar[str] = "clipboard"
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Time:
    """The response to `ask_time`: the server's clock in microseconds since the Unix epoch."""

    type: ClassVar[str] = "time"
    sent_ms: float
    server_us: _NonNegative


@dataclass(frozen=True, slots=True, kw_only=True)
class Pixels:
    """The response to `inspect`: a rectangle of published pixels of the newest frame.

    `data` is base64: `height` rows of `width` pixels of `channels` bytes. If numbers were published instead of colors,
    `values` has them as text, row by row.
    """

    type: ClassVar[str] = "pixels"
    id: _NonNegative
    seq: _NonNegative
    x: _NonNegative
    y: _NonNegative
    width: _Positive
    height: _Positive
    channels: _Positive
    data: str
    values: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Contrast:
    """How the numbers of the newest frame are shown; `dtype` is empty if it has colors instead of numbers.

    Sent after each change. `vmin` is shown in the first color of `cmap`, `vmax` in the last. They are `fixed` if
    options or a user set them, and else follow the stream's own rule.
    """

    type: ClassVar[str] = "contrast"
    dtype: str = ""
    vmin: float = 0.0
    vmax: float = 1.0
    gamma: float = 1.0
    cmap: str = ""
    fixed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Histogram:
    """The response to `ask_histogram`: how often the numbers from `low` to `high` occur, in bins of equal width.

    `auto_min` and `auto_max` are a good contrast for this frame: percentiles of its numbers.
    """

    type: ClassVar[str] = "histogram"
    id: _NonNegative
    seq: _NonNegative
    low: float
    high: float
    counts: tuple[int, ...]
    auto_min: float
    auto_max: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolStates:
    """Which tools of a figure are pressed and which are disabled, by their names."""

    type: ClassVar[str] = "tool_states"
    pressed: tuple[str, ...] = ()
    disabled: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusText:
    """A short text beside a figure, such as the coordinates under the pointer; an empty text removes it."""

    type: ClassVar[str] = "status_text"
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RubberBand:
    """A rectangle over the picture while a user drags it: x, y, width, height; absent for none."""

    type: ClassVar[str] = "rubber_band"
    rect: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestFailed:
    """The error response to the request with that `id`."""

    type: ClassVar[str] = "unanswered"
    id: _NonNegative
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Bye:
    """The last message before the server closes the socket on purpose."""

    type: ClassVar[str] = "bye"
    reason: str


ClientMessage = (
    Hello
    | Ack
    | RequestKeyframe
    | DecoderReset
    | SetViewport
    | Event
    | Visibility
    | SelectTransport
    | LimitRate
    | AskTime
    | Inspect
    | Capture
    | AskHistogram
    | SetContrast
)
ServerMessage = (
    Config
    | Stats
    | SetQuality
    | Cursor
    | Notice
    | Clipboard
    | Time
    | Pixels
    | RequestFailed
    | Contrast
    | Histogram
    | ToolStates
    | StatusText
    | RubberBand
    | Bye
)
Header = ImageHeader | RectsHeader | VideoHeader | CaptureHeader | FileHeader

CLIENT_MESSAGES: tuple[type[ClientMessage], ...] = (
    Hello,
    Ack,
    RequestKeyframe,
    DecoderReset,
    SetViewport,
    Event,
    Visibility,
    SelectTransport,
    LimitRate,
    AskTime,
    Inspect,
    Capture,
    AskHistogram,
    SetContrast,
)
SERVER_MESSAGES: tuple[type[ServerMessage], ...] = (
    Config,
    Stats,
    SetQuality,
    Cursor,
    Notice,
    Clipboard,
    Time,
    Pixels,
    RequestFailed,
    Contrast,
    Histogram,
    ToolStates,
    StatusText,
    RubberBand,
    Bye,
)
HEADERS: tuple[type[Header], ...] = (ImageHeader, RectsHeader, VideoHeader, CaptureHeader, FileHeader)
