"""Statistics of a stream."""

from dataclasses import asdict, dataclass

__all__ = ["StreamStats"]

_SMOOTHING = 0.1


@dataclass(slots=True)
class StreamStats:
    """Counters since the stream was made; written by publishers and encoders, readable from any thread.

    `unchanged` frames were equal to the one before and not encoded; `settled` frames were encoded again in the best
    quality; `skipped` frames were never rendered, because the animation could not keep up; `encode_ms` and `render_ms`
    are exponential moving averages.
    """

    published: int = 0
    encoded: int = 0
    unchanged: int = 0
    settled: int = 0
    encode_errors: int = 0
    encoded_bytes: int = 0
    encode_ms: float = 0.0
    rendered: int = 0
    skipped: int = 0
    render_errors: int = 0
    render_ms: float = 0.0

    def count_encoded(self, size_bytes: int, took_s: float) -> None:
        self.encode_ms = _smoothed(self.encode_ms, took_s * 1000, first=not self.encoded)
        self.encoded += 1
        self.encoded_bytes += size_bytes

    def count_rendered(self, took_s: float) -> None:
        self.render_ms = _smoothed(self.render_ms, took_s * 1000, first=not self.rendered)
        self.rendered += 1

    def as_dict(self) -> dict[str, int | float]:
        return asdict(self)


def _smoothed(average: float, value: float, *, first: bool) -> float:
    return value if first else average + _SMOOTHING * (value - average)
