from typing import Any

import numpy as np
import pytest

from marimo_rfb.tone.auto_range import auto_range
from marimo_rfb.tone.options import ToneOptions, check_tone
from marimo_rfb.tone.range_remark import RangeRemark

RNG = np.random.default_rng(7)


def remarks(*frames: Any, options: ToneOptions | None = None) -> list[str]:
    """Return the remark on each of several frames of one stream and dtype."""
    remark, auto = RangeRemark(), auto_range(frames[0])
    assert auto is not None
    return [remark.on_frame(frame, options or ToneOptions(), auto)[1] for frame in frames]


class TestFloats:
    @pytest.mark.parametrize("dtype", [np.float16, np.float32, ">f8"])
    @pytest.mark.parametrize("shape", [(48, 64), (48, 64, 3)])
    def test_up_to_255_they_look_like_bytes(self, dtype: Any, shape: tuple[int, ...]) -> None:
        (text,) = remarks(RNG.uniform(0, 255, shape).astype(dtype))
        assert text == "Floats are shown from 0 to 1, and the picture has values from 0 to 255; pass vmin=0, vmax=255"

    @pytest.mark.parametrize(
        ("low", "high", "keywords"),
        [
            (0, 4095, "vmin=0, vmax=4095"),
            (0, 65535, "vmin=0, vmax=65535"),
            (0, 1e6, "vmin=0, vmax=1e+06"),
            (273.2, 310.5, "vmin=270, vmax=320"),
            (-1.0, 1.0, "vmin=-1, vmax=1"),
            (-40.1, -3.3, "vmin=-41, vmax=-3.3"),
        ],
    )
    def test_the_range_that_would_do_is_a_round_one(self, low: float, high: float, keywords: str) -> None:
        data = np.linspace(low, high, 48 * 64).reshape(48, 64)
        assert remarks(data)[0].endswith(f"pass {keywords}")

    @pytest.mark.parametrize("dtype", [np.float64, np.longdouble])
    def test_the_range_of_the_largest_numbers_is_finite(self, dtype: Any) -> None:
        data = np.full((4, 4), np.finfo(dtype).max)
        data[0] = np.finfo(dtype).min
        assert remarks(data)[0].endswith("pass vmin=-1e+307, vmax=1e+307")

    def test_up_to_1_they_are_fine(self) -> None:
        assert remarks(RNG.uniform(0, 1, (48, 64, 3))) == [""]

    def test_a_highlight_is_too(self) -> None:
        picture = RNG.uniform(0, 1, (64, 64))
        picture[:8, :8] = 40.0
        assert remarks(picture) == [""]

    def test_what_is_no_number_is_nothing_to_say(self) -> None:
        assert remarks(np.full((8, 8), np.nan), np.full((8, 8), np.inf), np.ma.masked_all((8, 8))) == [""] * 3

    def test_one_number_everywhere_gives_no_range(self) -> None:
        assert remarks(np.full((8, 8), 7.0))[0].endswith("has only 7; pass vmin=…, vmax=… to choose a range")

    def test_the_text_stays_while_there_is_cause_and_returns_as_it_was(self) -> None:
        first, second, third = remarks(np.full((8, 8), 7.0), np.full((8, 8), 9.0), np.full((8, 8), 0.5))
        assert first == second != third == ""
        assert remarks(np.full((8, 8), 7.0), np.full((8, 8), 0.5), np.full((8, 8), 9.0)) == [first, "", first]

    @pytest.mark.parametrize("options", [{"vmin": 0}, {"vmax": 9}, {"vmin": 0, "vmax": 255}])
    def test_with_a_range_there_is_nothing_to_say(self, options: Any) -> None:
        assert remarks(np.full((8, 8), 7.0), options=check_tone(**options)) == [""]

    def test_a_colormap_gives_no_range(self) -> None:
        assert remarks(np.full((8, 8), 7.0), options=check_tone(cmap="viridis")) != [""]


class TestIntegers:
    def test_a_byte_is_nothing_to_say(self) -> None:
        assert remarks(RNG.integers(0, 9, (8, 8), dtype=np.uint8)) == [""]
        assert remarks(RNG.integers(0, 256, (8, 8, 3))) == [""]

    def test_the_range_of_the_type_is_told_with_that_of_the_first_picture(self) -> None:
        first, second = np.array([[12, 4012]], np.uint16), np.array([[0, 60_000]], np.uint16)
        text = (
            "uint16 is shown from 0 to 65535, the range of the type; the first picture has values from 12 to 4012; "
            "pass vmin=12, vmax=4012"
        )
        assert remarks(first, second) == [text, text]

    def test_a_first_picture_that_fills_it_gives_no_better_one(self) -> None:
        (text,) = remarks(np.array([[12, 40_000]], np.uint16))
        assert text == "uint16 is shown from 0 to 65535, the range of the type; pass vmin=…, vmax=… for another one"

    def test_the_range_of_the_first_picture_is_told(self) -> None:
        (text,) = remarks(np.array([[-120, 340]], np.int16))
        assert text == (
            "int16 is shown from -120 to 340, the range of the first picture; pass vmin=…, vmax=… for another one"
        )

    def test_a_picture_of_labels_is_told_until_one_is_bright(self) -> None:
        labels, bright = np.array([[0, 12]]), np.array([[0, 200]])
        text = "int64 is shown from 0 to 255, and the first picture has values from 0 to 12; pass vmin=0, vmax=12"
        assert remarks(labels, labels, bright, labels) == [text, text, "", ""]

    def test_later_pictures_that_are_mostly_beyond_are_told(self) -> None:
        first, later = np.array([[0, 255]]), np.array([[-3, 255, 1000, 4000]])
        text = (
            "Most of the picture is beyond 0 to 255, where the first one was; it has values from -3 to 4000; pass "
            "vmin=-3, vmax=4000"
        )
        assert remarks(first, later, first) == ["", text, ""]
