"""Which transports a viewer and a stream have in common."""

from collections.abc import Iterable

__all__ = ["common_transports"]


def common_transports(supported: Iterable[str], offered: Iterable[str]) -> tuple[str, ...]:
    """Return what both sides can, in the stream's order of preference; empty when there is nothing."""
    known = frozenset(supported)
    return tuple(transport for transport in offered if transport in known)
