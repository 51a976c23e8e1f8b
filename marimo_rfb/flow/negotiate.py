"""Which codecs a viewer and a stream have in common."""

from collections.abc import Iterable

__all__ = ["common_codecs"]


def common_codecs(supported: Iterable[str], offered: Iterable[str]) -> tuple[str, ...]:
    """Return what both sides can, in the stream's order of preference; empty when there is nothing."""
    known = frozenset(supported)
    return tuple(codec for codec in offered if codec in known)
