"""What viewers can have in common, so that a frame is encoded once for all of them."""

from collections.abc import Callable, Generator
from dataclasses import dataclass

from marimo_rfb.encode.base import Chunk, EncodeOptions, Encoder
from marimo_rfb.encode.content_adaptive import ContentAdaptiveEncoder
from marimo_rfb.encode.downscale import DownscalingEncoder
from marimo_rfb.encode.registry import make_encoder
from marimo_rfb.encode.settled import encode_settled, settled_codecs
from marimo_rfb.flow.adaptive_quality import FULL_QUALITY, QualityLevel
from marimo_rfb.frame import Frame
from marimo_rfb.stream.encoder_pool import encoder_queue
from marimo_rfb.stream.feed import Feed
from marimo_rfb.stream.rendition import Rendition
from marimo_rfb.wire.packet import Packet

__all__ = ["Encoding"]

# Of the kernel's channel, which has other things to carry: a tenth of a second of it.
MAX_SHARED_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Encoding:
    """How the frames of a stream are encoded for some of its viewers.

    Attributes:
        codec: the MIME type of what moves.
        codecs: all that the viewers can show, preferred first.
        level: how good and how large pictures may be.
    """

    codec: str
    codecs: tuple[str, ...] = ()
    level: QualityLevel = FULL_QUALITY

    def make_encoder(self, options: EncodeOptions) -> Encoder:
        """Return a new encoder.

        Raises:
            OptionError: there is none for the codec.
        """
        if self.codec == "image/jpeg":
            # What comes first is what nobody chose.
            may_go_lossless = self.codecs[:1] == (self.codec,)
            encoder: Encoder = ContentAdaptiveEncoder(
                lambda codec: make_encoder(codec, options),
                codecs=frozenset(self.codecs),
                may_go_lossless=may_go_lossless,
            )
        else:
            encoder = make_encoder(self.codec, options)
        max_pixels = self.level.max_pixels
        return encoder if max_pixels is None else DownscalingEncoder(encoder, max_pixels=max_pixels)

    def encode_settled(self, frame: Frame) -> Generator[None, None, Chunk]:
        """Encode a frame that has come to rest as well as the viewers can have it; see `encode_settled`."""
        max_bytes = None if self.level == FULL_QUALITY else MAX_SHARED_BYTES
        codecs = settled_codecs(self.codecs)
        return encode_settled(frame, codecs, max_bytes=max_bytes, max_pixels=self.level.max_pixels)

    def start_rendition(self, feed: Feed, *, deliver: Callable[[Packet], None]) -> Rendition:
        """Return a rendition of the frames of `feed`, by the stream's present options; `close` ends it.

        Args:
            feed: the inner side of the stream.
            deliver: takes each packet, on an encoder thread.
        """
        options = EncodeOptions(quality=min(feed.options.quality, self.level.quality))
        rendition = Rendition(
            feed.latest,
            lambda: self.make_encoder(options),
            stats=feed.stats,
            queue=encoder_queue(feed.stream),
            deliver=deliver,
            on_error=lambda text: feed.notices.put("encoding", text),
            settle_with=self.encode_settled if self.settles else None,
        )
        feed.add_rendition(rendition)
        return rendition

    @property
    def settles(self) -> bool:
        """Whether there is anything better for a picture that has come to rest."""
        return bool(settled_codecs(self.codecs))
