"""Every exception this package raises on purpose: one tree under `RfbError`."""

__all__ = [
    "EncodeError",
    "FrameError",
    "HubClosed",
    "NameTaken",
    "OptionError",
    "PortInUse",
    "RfbError",
    "StreamClosed",
    "StreamExists",
    "StreamNotFound",
    "WireError",
    "describe",
]


class RfbError(Exception):
    """Root of the tree; catch it to catch everything this package raises on purpose."""


class FrameError(RfbError, ValueError):
    """What was published cannot be shown as a picture."""


class OptionError(RfbError, ValueError):
    """An argument has a value that makes no sense; the message says which would."""


class StreamClosed(RfbError, RuntimeError):
    """The stream was closed, so nothing more can be published to it or read from it."""


class StreamExists(RfbError, ValueError):
    """The hub already has a stream of that name."""


class StreamNotFound(RfbError, LookupError):
    """The hub has no stream of that name."""


class NameTaken(RfbError, ValueError):
    """A cell made two things under one name; give each a name of its own."""


class HubClosed(RfbError, RuntimeError):
    """The hub was closed; a new one has to be made."""


class PortInUse(RfbError, OSError):
    """Another program, or another hub, listens on the port that was asked for."""


class EncodeError(RfbError, RuntimeError):
    """An encoder could not turn a frame into bytes."""


class WireError(RfbError, ValueError):
    """Bytes from the network break the protocol."""


def describe(exc: BaseException) -> str:
    """Return the type of `exc` and what it says; never raises, whatever `exc` does when it is asked."""
    try:
        said = str(exc)
    except BaseException as also:  # a caller that reports an error must not end by it
        said = f"(its message could not be read: {type(also).__name__})"
    name = type(exc).__name__
    return f"{name}: {said}" if said else name
