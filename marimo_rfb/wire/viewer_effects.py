"""Effects that a viewer's session requests from its owner, besides text to send, events and a close."""

from dataclasses import dataclass

from marimo_rfb.wire.messages import AskHistogram, Capture, Inspect, SetContrast

__all__ = ["AudienceChanged", "CodecSelected", "Effect", "FramesAcked", "MaxFpsChanged"]


@dataclass(frozen=True, slots=True)
class FramesAcked:
    """The viewer acked every frame up to `seq` for the first time.

    Attributes:
        seq: of the ack.
        delay_s: how long the viewer had that frame; `None` if it does not say.
    """

    seq: int
    delay_s: float | None = None


@dataclass(frozen=True, slots=True)
class AudienceChanged:
    """The viewer was hidden, shown or resized."""


@dataclass(frozen=True, slots=True)
class MaxFpsChanged:
    """The viewer changed the limit of its frame rate; `None` for no limit."""

    max_fps: float | None


@dataclass(frozen=True, slots=True)
class CodecSelected:
    """The viewer selected the codec of its pictures.

    Attributes:
        codec: the MIME type.
        announce: whether to send the viewer another `config`.
    """

    codec: str
    announce: bool


# The last four are requests that only the stream can fulfill.
Effect = FramesAcked | AudienceChanged | MaxFpsChanged | CodecSelected | Inspect | Capture | AskHistogram | SetContrast
