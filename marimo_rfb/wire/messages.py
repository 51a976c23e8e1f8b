"""Every message of the protocol. It is defined here and only here.

One WebSocket per widget model: JSON text carries control, binary messages carry pictures (see `envelope`).
`js/generate_wire.py` writes `js/src/wire/messages.ts` and `readers.ts` from these classes; golden files pin the bytes
for both languages.

A field that is `None` is absent on the wire. Lengths are frame pixels unless the name says otherwise.
"""

from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import Annotated, Any, ClassVar, Literal

__all__ = [
    "CLIENT_MESSAGES",
    "HEADERS",
    "MAX_CONTROL_BYTES",
    "SERVER_MESSAGES",
    "Ack",
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
    "Cursor",
    "DecoderReset",
    "Event",
    "Header",
    "Hello",
    "ImageHeader",
    "Inspect",
    "LimitRate",
    "Notice",
    "Pixels",
    "RequestFailed",
    "RequestKeyframe",
    "SelectTransport",
    "ServerMessage",
    "SetQuality",
    "SetViewport",
    "Stats",
    "Time",
    "VideoHeader",
    "Visibility",
]

MAX_CONTROL_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """Which values of a number the page accepts, where that is not every finite number.

    Only the page checks them: it allocates memory by what a server sends. `min` and `max` are for integers, which
    JavaScript does not tell from other numbers: without bounds, an `int` may have a fraction.
    """

    min: int | None = None
    max: int | None = None
    above: float | None = None


_NonNegative = Annotated[int, Bounds(min=0)]
_Positive = Annotated[int, Bounds(min=1)]
_Side = Annotated[int, Bounds(min=1, max=65_536)]
# Not `_NonNegative | None`: `get_type_hints` turns that into `Optional`, which is no `types.UnionType`.
_OptionalNonNegative = Annotated[int | None, Bounds(min=0)]
_OptionalRatio = Annotated[float | None, Bounds(above=0)]


class Capability(StrEnum):
    """What a client may list in `hello.supported`; the first four are version 1 of the protocol."""

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


class CloseCode(IntEnum):
    """Why a socket was closed; a client reconnects after anything it does not find here."""

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
    """How to read the colours of a frame; an absent `color` means sRGB."""

    primaries: str
    transfer: str
    matrix: str
    full_range: bool
    bit_depth: _Positive


# Headers of binary messages, server to client.


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageHeader:
    """A whole picture, or a part of one.

    With `rect` (x, y, width, height) the payload replaces only that part of the picture `base_seq`. `lossless` is
    there of a picture that has come to rest, and was sent before: whether it is now as it was published.
    """

    type: ClassVar[str] = "image_frame"
    seq: _NonNegative
    timestamp_us: _NonNegative
    width: _Side
    height: _Side
    mime: str
    pixel_ratio: _OptionalRatio = None
    color: Color | None = None
    rect: tuple[int, ...] | None = None
    base_seq: _OptionalNonNegative = None
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
    """The answer to `capture`: the newest frame as it was published, without loss."""

    type: ClassVar[str] = "capture"
    id: _NonNegative
    seq: _NonNegative
    width: _Side
    height: _Side
    mime: str


# Control, client to server.


@dataclass(frozen=True, slots=True, kw_only=True)
class Hello:
    """The first message of a client, within five seconds."""

    type: ClassVar[str] = "hello"
    supported: tuple[str, ...]
    device_pixel_ratio: float = 1.0
    token: str | None = field(default=None, repr=False)
    view: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ack:
    """Cumulative: the client is done with every frame up to `seq`, shown or dropped."""

    type: ClassVar[str] = "ack"
    seq: int
    decode_queue_size: int = 0
    displayed: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestKeyframe:
    """The client cannot go on from what it has."""

    type: ClassVar[str] = "request_keyframe"
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DecoderReset:
    """The client rebuilt its decoder: forget what is in flight and send a key frame."""

    type: ClassVar[str] = "decoder_reset"


@dataclass(frozen=True, slots=True, kw_only=True)
class SetViewport:
    """The size the picture is shown at: `width`, `height` in CSS pixels, `pwidth`, `pheight` in device pixels."""

    type: ClassVar[str] = "set_viewport"
    width: float
    height: float
    pwidth: int
    pheight: int
    ratio: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something a person did; `event` is checked by `marimo_rfb.events`."""

    type: ClassVar[str] = "event"
    event: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Visibility:
    """A hidden viewer gets no frames until it is visible again."""

    type: ClassVar[str] = "visibility"
    visible: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectTransport:
    """Switch to one of the transports that `config` listed."""

    type: ClassVar[str] = "select_transport"
    transport: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitRate:
    """Send at most `fps` frames a second, 0.1 or more, from now on; without it, as many as there are."""

    type: ClassVar[str] = "limit_rate"
    fps: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AskTime:
    """Ask for the server's clock; `sent_ms` comes back as it is."""

    type: ClassVar[str] = "ask_time"
    sent_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspect:
    """Ask for the 11 x 11 published pixels around one, at most 120 times a second; `id` comes back with them."""

    type: ClassVar[str] = "inspect"
    id: int
    x: int
    y: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """Ask for the newest frame without loss, one at a time and at most 4 a second; `id` comes back with it."""

    type: ClassVar[str] = "capture"
    id: int


# Control, server to client.


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """What the viewer will get; the answer to `hello`, and sent again when it changes.

    `extras` are the capabilities beyond version 1 that both sides have.
    """

    type: ClassVar[str] = "config"
    transport: str
    # 0 by 0: the stream has no frame yet.
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
    """What the server measured, at most once a second."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class SetQuality:
    """What the server aims at from now on."""

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
    """Text to show over the picture until the next notice; an empty text takes it away."""

    type: ClassVar[str] = "notice"
    text: str
    level: Literal["info", "error"] = "error"


@dataclass(frozen=True, slots=True, kw_only=True)
class Clipboard:
    """Text for the clipboard of the person who looks on."""

    type: ClassVar[str] = "clipboard"
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Time:
    """The answer to `ask_time`: the server's clock, microseconds since the epoch."""

    type: ClassVar[str] = "time"
    sent_ms: float
    server_us: _NonNegative


@dataclass(frozen=True, slots=True, kw_only=True)
class Pixels:
    """The answer to `inspect`: published pixels, a rectangle of the newest frame.

    `data` is base64 of `height` rows of `width` pixels of `channels` bytes.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestFailed:
    """There is no answer to the request of that `id`."""

    type: ClassVar[str] = "unanswered"
    id: _NonNegative
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Bye:
    """Sent before a close that is meant."""

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
)
ServerMessage = Config | Stats | SetQuality | Cursor | Notice | Clipboard | Time | Pixels | RequestFailed | Bye
Header = ImageHeader | VideoHeader | CaptureHeader

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
    Bye,
)
HEADERS: tuple[type[Header], ...] = (ImageHeader, VideoHeader, CaptureHeader)
