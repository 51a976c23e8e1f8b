"""Encoders by transport, in the order in which a stream prefers them."""

from collections.abc import Callable

from marimo_rfb.encode.base import EncodeOptions, Encoder
from marimo_rfb.encode.image import webp_encoder
from marimo_rfb.encode.jpeg import jpeg_encoder
from marimo_rfb.encode.lossless import png_encoder
from marimo_rfb.errors import OptionError

__all__ = ["known_transports", "make_encoder", "register_encoder"]

EncoderFactory = Callable[[EncodeOptions], Encoder]

_FACTORIES: dict[str, EncoderFactory] = {
    "image/jpeg": jpeg_encoder,
    "image/png": png_encoder,
    "image/webp": webp_encoder,
}


def register_encoder(transport: str, factory: EncoderFactory) -> None:
    """Add an encoder, or replace one.

    Args:
        transport: the MIME type by which pages ask for it, such as `"image/jpeg"`.
        factory: called with a `marimo_rfb.encode.base.EncodeOptions` for each encoding of a stream; returns a
            `marimo_rfb.encode.base.Encoder`.
    """
    _FACTORIES[transport] = factory


def known_transports() -> tuple[str, ...]:
    """Return every transport there is an encoder for, preferred first."""
    return tuple(_FACTORIES)


def make_encoder(transport: str, options: EncodeOptions) -> Encoder:
    """Return a new encoder.

    Raises:
        OptionError: there is none for `transport`.
    """
    try:
        factory = _FACTORIES[transport]
    except KeyError:
        raise OptionError(f"no encoder for {transport!r}; there are {', '.join(_FACTORIES)}") from None
    return factory(options)
