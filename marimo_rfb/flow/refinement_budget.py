"""Budget for refining what rests in a picture of which other parts move."""

__all__ = ["RefinementBudget"]

# Pieces of it grow as long as they are late by at most so much: small pictures tell too little of the link's rate to
# reckon with that.
_MAX_QUEUE_S = 0.03
_MIN_BYTES = 3 << 10
_MAX_BYTES = 128 << 10  # some milliseconds of encoding
_GROWTH = 1.5
# The part of the link that pieces take even if live pictures could fill it.
_MIN_SHARE = 0.25
_SMOOTHING = 0.2


class RefinementBudget:
    """Limits the size and the rate of such pieces for one viewer, so that they do not delay its live pictures.

    `now_s` is in seconds, of a monotonic clock; `wire_s` is how long a message keeps the link busy, in seconds.

    Attributes:
        piece_bytes: size of the next piece.
    """

    def __init__(self) -> None:
        self.piece_bytes = _MIN_BYTES
        self._due_s = 0.0
        self._seq: int | None = None  # of the last piece, as long as it is in flight
        self._live_s = 0.0
        self._live_load = 0.0  # the part of the time that live pictures keep the link busy, smoothed

    def is_due(self, now_s: float) -> bool:
        """Return whether a piece may be sent."""
        return now_s >= self._due_s

    def is_piece(self, size_bytes: int) -> bool:
        """Return whether a settled picture of that size is such a piece, or as good as one."""
        return size_bytes <= 2 * self.piece_bytes

    def on_live_sent(self, now_s: float, *, wire_s: float) -> None:
        """Record a live picture."""
        interval_s = max(now_s - self._live_s, 1e-3)
        self._live_load += _SMOOTHING * (min(wire_s / interval_s, 1.0) - self._live_load)
        self._live_s = now_s

    def on_settled_sent(self, seq: int, size_bytes: int, now_s: float, *, wire_s: float) -> None:
        """Record a settled picture, or a piece of one."""
        self._seq = seq if self.is_piece(size_bytes) else None
        self._due_s = now_s + wire_s / max(_MIN_SHARE, 1 - self._live_load)

    def on_ack(self, seq: int, *, queue_s: float) -> None:
        """Record the ack of every picture up to `seq`, the last of which took `queue_s` more than a round trip."""
        if self._seq is None or seq < self._seq:
            return
        self._seq = None
        factor = _GROWTH if queue_s <= _MAX_QUEUE_S else 1 / _GROWTH
        self.piece_bytes = min(max(int(self.piece_bytes * factor), _MIN_BYTES), _MAX_BYTES)
