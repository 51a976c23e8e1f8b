"""Timeout after which sending continues without an ack."""

__all__ = ["AckTimeout"]

_TIMEOUT_S = 1.0
_BACKOFF_AFTER = 10
_BACKOFF_TIMEOUT_S = 10.0


class AckTimeout:
    """Ack timeout with backoff: one second for the first ten timeouts, then ten seconds.

    On the kernel's comm, acks wait while a cell runs, although the pictures arrive. The backoff keeps a suspended
    browser from finding hours of pictures when it resumes.
    """

    def __init__(self) -> None:
        self._timeouts = 0

    @property
    def wait_s(self) -> float:
        """The current timeout, seconds."""
        return _TIMEOUT_S if self._timeouts < _BACKOFF_AFTER else _BACKOFF_TIMEOUT_S

    def on_ack(self) -> None:
        """Record an ack, which resets the backoff."""
        self._timeouts = 0

    def on_timeout(self) -> None:
        """Record that the timeout expired and that a picture is sent without an ack."""
        self._timeouts += 1
