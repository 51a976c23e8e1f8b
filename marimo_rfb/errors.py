"""The exceptions of this package: one tree under `RfbError`."""

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
    """Base class of all exceptions of this package."""


class FrameError(RfbError, ValueError):
    """The published object cannot be shown as a picture."""


class OptionError(RfbError, ValueError):
    """An argument has an invalid value; the message says which values are valid."""


class StreamClosed(RfbError, RuntimeError):
    """The stream was closed, so it accepts no more frames and yields no more events."""


class StreamExists(RfbError, ValueError):
    """The hub already has a stream with that name."""


class StreamNotFound(RfbError, LookupError):
    """The hub has no stream with that name."""


class NameTaken(RfbError, ValueError):
    """A cell made two objects with one name; give each its own name."""


class HubClosed(RfbError, RuntimeError):
    """The hub was closed; make a new one."""


class PortInUse(RfbError, OSError):
    """Another program, or another hub, already listens on the requested port."""


class EncodeError(RfbError, RuntimeError):
    """An encoder could not encode a frame."""


class WireError(RfbError, ValueError):
    """A message from the network violates the protocol."""


def describe(exc: BaseException) -> str:
    """Return type and message of `exc`; never raises, even if `str(exc)` does."""
    try:
        message = str(exc)
    except BaseException as also:  # reporting an error must not raise another one
        message = f"(its message could not be read: {type(also).__name__})"
    name = type(exc).__name__
    return f"{name}: {message}" if message else name
