import pytest

from marimo_rfb.encode import registry
from marimo_rfb.encode.base import Chunk, EncodeOptions
from marimo_rfb.encode.registry import known_codecs, make_encoder, register_encoder
from marimo_rfb.errors import OptionError
from marimo_rfb.frame import Frame


class Raw:
    """Pixels as they are."""

    def __init__(self, options: EncodeOptions) -> None:
        self.options = options

    def encode(self, frame: Frame, *, key: bool = False) -> Chunk:
        return Chunk(frame.pixels.tobytes(), "image/raw")

    def close(self) -> None:
        """Nothing is held."""


@pytest.fixture(autouse=True)
def own_table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_FACTORIES", dict(registry._FACTORIES))


def test_jpeg_comes_first_because_it_is_the_fastest() -> None:
    assert known_codecs() == ("image/jpeg", "image/png", "image/webp")


def test_each_transport_has_an_encoder_of_its_own() -> None:
    for transport in known_codecs():
        one, other = (make_encoder(transport, EncodeOptions()) for _ in range(2))
        assert one is not other


def test_an_unknown_transport_is_an_error_that_names_the_known() -> None:
    with pytest.raises(OptionError, match=r"no encoder for 'image/gif'; there are image/jpeg, image/png, image/webp"):
        make_encoder("image/gif", EncodeOptions())


def test_a_registered_encoder_is_known_last_and_gets_the_options() -> None:
    register_encoder("image/raw", Raw)
    assert known_codecs()[-1] == "image/raw"
    made = make_encoder("image/raw", EncodeOptions(quality=7))
    assert isinstance(made, Raw)
    assert made.options.quality == 7


def test_a_registered_encoder_takes_the_place_of_the_one_before() -> None:
    register_encoder("image/jpeg", Raw)
    assert known_codecs()[0] == "image/jpeg"
    assert isinstance(make_encoder("image/jpeg", EncodeOptions()), Raw)
