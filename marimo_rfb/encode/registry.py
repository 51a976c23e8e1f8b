"""Registry of the encoders by codec, in the stream's order of preference."""

from collections.abc import Callable

from marimo_rfb.encode.base import EncodeOptions, Encoder
from marimo_rfb.encode.jpeg import jpeg_encoder
from marimo_rfb.encode.lossless import png_encoder
from marimo_rfb.encode.pillow import webp_encoder
from marimo_rfb.errors import OptionError

__all__ = ["is_built_in", "known_codecs", "make_encoder", "register_encoder"]

EncoderFactory = Callable[[EncodeOptions], Encoder]

_BUILT_IN: dict[str, EncoderFactory] = {
    "image/jpeg": jpeg_encoder,
    "image/png": png_encoder,
    "image/webp": webp_encoder,
}
_FACTORIES = dict(_BUILT_IN)


def register_encoder(codec: str, factory: EncoderFactory) -> None:
    """Register the encoder of a codec, replacing an existing one.

    Args:
        codec: the MIME type by which pages request it, such as `"image/jpeg"`.
        factory: called with a `marimo_rfb.encode.base.EncodeOptions` for each encoding of a stream; returns a
            `marimo_rfb.encode.base.Encoder`.
    """
    _FACTORIES[codec] = factory


def known_codecs() -> tuple[str, ...]:
    """Return every codec that has an encoder, preferred first."""
    return tuple(_FACTORIES)


def is_built_in(codec: str) -> bool:
    """Return whether `codec` has an encoder of this package, which encodes pictures of any size in any order."""
    return _FACTORIES.get(codec) is _BUILT_IN.get(codec)


def make_encoder(codec: str, options: EncodeOptions) -> Encoder:
    """Return a new encoder.

    Raises:
        OptionError: no encoder is registered for `codec`.
    """
    try:
        factory = _FACTORIES[codec]
    except KeyError:
        raise OptionError(f"no encoder for {codec!r}; there are {', '.join(_FACTORIES)}") from None
    return factory(options)
