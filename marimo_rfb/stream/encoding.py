"""Encoding parameters that viewers may share, so that a frame is encoded once for all of them."""

import math
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass

from marimo_rfb.encode.base import EncodeOptions, Encoder
from marimo_rfb.encode.content_adaptive import ContentAdaptiveEncoder
from marimo_rfb.encode.dirty_tiles import Rect
from marimo_rfb.encode.registry import is_built_in, make_encoder
from marimo_rfb.encode.settled import encode_settled, settled_codecs
from marimo_rfb.flow.quality_level import FULL_QUALITY, QualityLevel
from marimo_rfb.frame import Frame
from marimo_rfb.stream.encoder_pool import encoder_queue
from marimo_rfb.stream.feed import Feed
from marimo_rfb.stream.picture_encoder import MIN_SCALED_PIXELS
from marimo_rfb.stream.refinement import Images, TileQualities, refine
from marimo_rfb.stream.rendition import Rendition
from marimo_rfb.wire.packet import Packet
from marimo_rfb.wire.picture_state import EXACT, FINE

__all__ = ["Encoding"]

# Of pictures that are encoded well; more pixels than fit into the largest settled picture are scaled down.
_SETTLED_BITS_PER_PIXEL = 5


@dataclass(frozen=True, slots=True)
class Encoding:
    """How the frames of a stream are encoded for some of its viewers.

    Attributes:
        codec: the MIME type of live frames.
        codecs: all codecs that the viewers support, preferred first.
        level: limits of quality and size.
        takes_parts: whether the viewers can show parts of a picture.
    """

    codec: str
    codecs: tuple[str, ...] = ()
    level: QualityLevel = FULL_QUALITY
    takes_parts: bool = False

    def make_encoder(self, options: EncodeOptions, *, settles: bool = False) -> Encoder:
        """Return a new encoder.

        Args:
            options: of the codec.
            settles: whether pictures that rest are sent once more without loss.

        Raises:
            OptionError: the codec has no encoder.
        """
        if self.codec == "image/jpeg":
            # A picture that is scaled is not exact anyway, and has more colors, so that its PNG is larger than a JPEG.
            max_lossless_pixels = math.inf if self.level.scale == 1 else MIN_SCALED_PIXELS
            if self.codecs[:1] != (self.codec,):  # not the default, so that the viewer selected it, and gets just that
                max_lossless_pixels = 0
            return ContentAdaptiveEncoder(
                lambda codec: make_encoder(codec, options),
                codecs=frozenset(self.codecs),
                max_lossless_pixels=max_lossless_pixels,
                settles=settles and "image/png" in self.codecs,
            )
        return make_encoder(self.codec, options)

    def refine(self, frame: Frame, qualities: TileQualities, max_bytes: int) -> Generator[Images | None]:
        """Encode what viewers have of a frame that rests in better quality, for a message each; see `refine`.

        Viewers that cannot show parts get one message, whatever its size.
        """
        codecs = settled_codecs(self.codecs)
        if self.in_parts:
            yield from refine(frame, qualities, codecs, best=self.best_quality, max_bytes=max_bytes)
            return
        limit, max_pixels = self.level.max_settled_bytes, self.level.max_pixels
        if limit is not None and max_pixels is None:
            max_pixels = 8 * limit // _SETTLED_BITS_PER_PIXEL
        chunk = yield from encode_settled(frame, codecs, max_bytes=limit, max_pixels=max_pixels)
        yield [(Rect(0, 0, frame.width, frame.height), chunk)]

    def start_rendition(self, feed: Feed, *, deliver: Callable[[Sequence[Packet]], None]) -> Rendition:
        """Return a rendition of the frames of `feed` with the stream's current options; `close` ends it.

        Args:
            feed: the internal side of the stream.
            deliver: receives the packets of each picture, on an encoder thread.
        """
        options = EncodeOptions(
            quality=min(feed.options.max_quality, self.level.quality), subsampling=feed.options.subsampling
        )
        settles = feed.options.settle is not None
        rendition = Rendition(
            feed.latest,
            lambda: self.make_encoder(options, settles=settles),
            stats=feed.stats,
            queue=encoder_queue(feed.stream),
            deliver=deliver,
            on_error=lambda text: feed.notices.put("encoding", text),
            history=feed.history,
            level=self.level,
            refine_with=self.refine if self.best_quality else None,
            in_parts=self.in_parts,
        )
        feed.add_rendition(rendition)
        return rendition

    @property
    def in_parts(self) -> bool:
        """Whether viewers may get only what changed: they can show it, and the encoder keeps no state."""
        return self.takes_parts and is_built_in(self.codec)

    @property
    def best_quality(self) -> int:
        """The quality in which viewers may have a picture that rests; more is not tried, and with 0 nothing."""
        codecs = settled_codecs(self.codecs)
        if not codecs:
            return 0
        return EXACT if self.in_parts and codecs != ("image/jpeg",) else FINE
