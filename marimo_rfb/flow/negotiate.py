"""Codec negotiation between a viewer and a stream."""

from collections.abc import Iterable

__all__ = ["common_codecs"]


def common_codecs(supported: Iterable[str], offered: Iterable[str]) -> tuple[str, ...]:
    """Return the codecs that both sides support, in the stream's order of preference; may be empty."""
    known = frozenset(supported)
    return tuple(codec for codec in offered if codec in known)
