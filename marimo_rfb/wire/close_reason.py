"""Why a socket is closed, as a close frame tells it."""

__all__ = ["MAX_REASON_BYTES", "close_reason"]

MAX_REASON_BYTES = 123  # RFC 6455 (5.5): 125 bytes, and two of them are the code


def close_reason(text: str) -> str:
    """Return as much of `text` as a close frame has room for, and can hold."""
    # What a peer said may hold half a surrogate pair, which has no UTF-8.
    return text.encode(errors="backslashreplace")[:MAX_REASON_BYTES].decode(errors="ignore")
