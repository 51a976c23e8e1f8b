"""Encoding that ends as soon as its result is too large."""

from collections.abc import Generator

__all__ = ["within"]


def within(work: Generator[int, None, bytes], max_bytes: int | None) -> Generator[None, None, bytes | None]:
    """Return the result of `work`, which yields its size so far, or `None` as soon as that exceeds `max_bytes`."""
    while True:
        try:
            done = next(work)
        except StopIteration as ended:
            payload: bytes = ended.value
            return payload if max_bytes is None or len(payload) <= max_bytes else None
        if max_bytes is not None and done > max_bytes:
            return None
        yield
