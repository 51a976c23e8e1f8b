"""What a stream counts about itself."""

from dataclasses import asdict, dataclass

__all__ = ["StreamStats"]

_SMOOTHING = 0.1


@dataclass(slots=True)
class StreamStats:
    """Counters since the stream was made; written by publishers and encoders, read by anyone.

    `unchanged` frames were equal to the one before and not encoded; `encode_ms` is a moving average.
    """

    published: int = 0
    encoded: int = 0
    unchanged: int = 0
    encode_errors: int = 0
    encoded_bytes: int = 0
    encode_ms: float = 0.0

    def count_encoded(self, size_bytes: int, took_s: float) -> None:
        took_ms = took_s * 1000
        self.encode_ms = took_ms if not self.encoded else self.encode_ms + _SMOOTHING * (took_ms - self.encode_ms)
        self.encoded += 1
        self.encoded_bytes += size_bytes

    def as_dict(self) -> dict[str, int | float]:
        return asdict(self)
