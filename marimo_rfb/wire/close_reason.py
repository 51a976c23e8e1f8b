"""Close reasons that fit into a WebSocket close frame."""

__all__ = ["MAX_REASON_BYTES", "close_reason"]

MAX_REASON_BYTES = 123  # RFC 6455 (5.5): 125 bytes, of which the code takes two


def close_reason(text: str) -> str:
    """Return `text` truncated to fit into a close frame."""
    # Text from a peer may contain a lone surrogate, which has no UTF-8.
    return text.encode(errors="backslashreplace")[:MAX_REASON_BYTES].decode(errors="ignore")
