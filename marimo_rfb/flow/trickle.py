"""When to send on although no ack comes."""

__all__ = ["Trickle"]

_EVERY_S = 1.0
_PATIENT = 10
_LATER_EVERY_S = 10.0


class Trickle:
    """A picture a second without acks, and one in ten seconds after ten of them.

    On the kernel's channel acks wait while a cell runs, though the pictures arrive. A browser that was stopped must not
    find hours of pictures when it goes on.
    """

    def __init__(self) -> None:
        self._unanswered = 0

    @property
    def wait_s(self) -> float:
        """How long to wait for an ack, seconds."""
        return _EVERY_S if self._unanswered < _PATIENT else _LATER_EVERY_S

    def answered(self) -> None:
        """Note an ack."""
        self._unanswered = 0

    def gave_up(self) -> None:
        """Note that the time is over and that a picture is sent without."""
        self._unanswered += 1
