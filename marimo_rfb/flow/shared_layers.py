"""Which layers the viewers of a stream share."""

from collections.abc import Collection

__all__ = ["MAX_LAYERS", "shared_layer"]

# At a time, of one stream and codec. Each is encoded once, however many viewers it has.
MAX_LAYERS = 3


def shared_layer(wanted: int, others: Collection[int], *, last: int) -> int:
    """Return the layer for a viewer that wants layer `wanted`.

    That is `wanted`, unless it would be one layer too many; then the next lower one that another viewer has. One of the
    layers is kept for `last`, so that a viewer who needs less than all others need not lower any of them.

    Args:
        wanted: number of the layer; 0 is the best.
        others: the layers of the other viewers.
        last: number of the lowest layer.
    """
    live = set(others)
    if wanted in live or wanted == last or len(live - {last}) < MAX_LAYERS - 1:
        return wanted
    return min((each for each in live if each > wanted), default=last)
