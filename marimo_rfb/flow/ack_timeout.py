"""When to send on although no ack comes."""

__all__ = ["AckTimeout"]

_TIMEOUT_S = 1.0
_BACKOFF_AFTER = 10
_BACKOFF_TIMEOUT_S = 10.0


class AckTimeout:
    """A picture a second without acks, and one in ten seconds after ten of them.

    On the kernel's channel acks wait while a cell runs, though the pictures arrive. A browser that was stopped must not
    find hours of pictures when it goes on.
    """

    def __init__(self) -> None:
        self._timeouts = 0

    @property
    def wait_s(self) -> float:
        """How long to wait for an ack, seconds."""
        return _TIMEOUT_S if self._timeouts < _BACKOFF_AFTER else _BACKOFF_TIMEOUT_S

    def on_ack(self) -> None:
        """Note an ack."""
        self._timeouts = 0

    def on_timeout(self) -> None:
        """Note that the time is over and that a picture is sent without."""
        self._timeouts += 1
