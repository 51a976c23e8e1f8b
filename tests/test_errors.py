import pytest

import marimo_rfb
from marimo_rfb import errors
from marimo_rfb.errors import RfbError, describe

BASES = {
    "FrameError": ValueError,
    "OptionError": ValueError,
    "StreamClosed": RuntimeError,
    "StreamExists": ValueError,
    "StreamNotFound": LookupError,
    "NameTaken": ValueError,
    "HubClosed": RuntimeError,
    "PortInUse": OSError,
    "EncodeError": RuntimeError,
    "WireError": ValueError,
}


def test_every_error_is_in_the_table() -> None:
    assert BASES.keys() | {"RfbError", "describe"} == set(errors.__all__)


@pytest.mark.parametrize(("name", "base"), BASES.items())
def test_an_error_is_ours_and_of_the_standard_kind(name: str, base: type[Exception]) -> None:
    error = getattr(errors, name)
    assert issubclass(error, RfbError)
    assert issubclass(error, base)
    with pytest.raises(RfbError, match="why"):
        raise error("why")


@pytest.mark.parametrize("name", ["RfbError", *BASES])
def test_every_error_is_public_and_says_what_it_means(name: str) -> None:
    assert getattr(marimo_rfb, name) is getattr(errors, name)
    assert getattr(errors, name).__doc__


def test_everything_public_is_there() -> None:
    assert len(set(marimo_rfb.__all__)) == len(marimo_rfb.__all__)
    for name in marimo_rfb.__all__:
        assert hasattr(marimo_rfb, name)


class Unspeakable(BaseException):
    def __str__(self) -> str:
        raise SystemExit(1)


@pytest.mark.parametrize(
    ("exc", "text"),
    [
        (ValueError("no"), "ValueError: no"),
        (SystemExit(3), "SystemExit: 3"),
        (KeyboardInterrupt(), "KeyboardInterrupt"),
        (Unspeakable(), "Unspeakable: (its message could not be read: SystemExit)"),
    ],
)
def test_an_exception_is_described_whatever_it_does(exc: BaseException, text: str) -> None:
    assert describe(exc) == text
