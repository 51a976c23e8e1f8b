from fractions import Fraction
from typing import Any

import matplotlib
import numpy as np
import pytest
from matplotlib.colors import ListedColormap

from marimo_rfb.encode.registry import known_codecs
from marimo_rfb.errors import OptionError
from marimo_rfb.stream.options import StreamOptions
from marimo_rfb.tone.options import check_tone


def test_without_formats_everything_there_is_an_encoder_for_is_offered() -> None:
    assert StreamOptions().offered == known_codecs()


def test_formats_are_offered_in_their_order() -> None:
    assert StreamOptions(formats=("image/png", "image/jpeg")).offered == ("image/png", "image/jpeg")


@pytest.mark.parametrize(
    "options",
    [
        {"quality": 1},
        {"quality": "auto"},
        {"max_bitrate": 10_000},
        {"max_bitrate": None},
        {"quality": 100},
        {"max_fps": 0.1},
        {"max_fps": 1000},
        {"max_fps": None},
        {"max_viewers": 1},
        {"resize_policy": "match_client"},
    ],
)
def test_what_makes_sense_is_taken(options: dict[str, Any]) -> None:
    StreamOptions(**options)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("quality", 0),
        ("max_bitrate", 9_999),
        ("max_bitrate", "1M"),
        ("max_bitrate", True),
        ("max_bitrate", float("inf")),
        ("max_bitrate", float("nan")),
        ("quality", 101),
        ("quality", 80.5),
        ("quality", "80"),
        ("quality", None),
        ("quality", True),
        ("max_fps", 0),
        ("max_fps", -1),
        ("max_fps", 1001),
        ("max_fps", float("nan")),
        ("max_fps", "30"),
        ("max_viewers", 0),
        ("max_viewers", 1.5),
        ("max_viewers", None),
        ("resize_policy", "scale"),
        ("resize_policy", None),
        ("resize_policy", []),
        ("subsampling", "4:2:2"),
        ("formats", ("image/gif",)),
        ("formats", "image/jpeg"),
        ("formats", None),
        ("formats", 5),
    ],
)
def test_what_makes_no_sense_is_one_clear_error(name: str, value: Any) -> None:
    with pytest.raises(OptionError, match=f"{name} .*got"):
        StreamOptions(**{name: value})


def test_some_options_can_be_replaced_and_the_others_stay() -> None:
    options = StreamOptions(quality=50)
    assert options.replaced({"max_fps": 5}) == StreamOptions(quality=50, max_fps=5)
    assert options.replaced({}) == options == StreamOptions(quality=50)


def test_replacing_what_there_is_not_tells_what_there_is() -> None:
    with pytest.raises(
        OptionError,
        match=r"options are quality, .*, max_bitrate, max_fps, .*, vmax, cmap, gamma; got qualty$",
    ):
        StreamOptions().replaced({"qualty": 5})
    with pytest.raises(OptionError, match='quality is "auto" or an integer from 1 to 100, got 0'):
        StreamOptions().replaced({"quality": 0})


def test_the_names_of_the_options_can_be_had() -> None:
    of_encoding = (
        "quality",
        "subsampling",
        "formats",
        "max_bitrate",
        "max_fps",
        "max_viewers",
        "settle",
        "resize_policy",
    )
    assert StreamOptions.names() == (*of_encoding, "order", "vmin", "vmax", "cmap", "gamma")


def test_an_unknown_format_is_told_what_there_is() -> None:
    with pytest.raises(OptionError, match=r"formats .*image/jpeg, image/png, image/webp; got 'image/gif'"):
        StreamOptions(formats=("image/jpeg", "image/gif"))


def test_numbers_of_numpy_and_fractions_become_pythons_own() -> None:
    options = StreamOptions(quality=np.int64(90), max_fps=Fraction(30000, 1001), max_viewers=np.uint8(3))  # type: ignore[arg-type]
    assert repr((options.quality, options.max_fps, options.max_viewers)) == f"(90, {30000 / 1001!r}, 3)"
    assert type(StreamOptions(max_fps=np.float32(20)).max_fps) is float  # type: ignore[arg-type]
    assert StreamOptions(formats=["image/png"]).formats == ("image/png",)  # type: ignore[arg-type]


def test_how_numbers_become_colors_is_checked_with_the_others() -> None:
    options = StreamOptions(order="bgr", vmin=np.float32(0.5), vmax=Fraction(7, 2), cmap="magma", gamma=2)  # type: ignore[arg-type]
    assert repr((options.vmin, options.vmax, options.gamma)) == "(0.5, 3.5, 2.0)"
    assert options.tone == check_tone(order="bgr", vmin=0.5, vmax=3.5, cmap="magma", gamma=2)
    for name, value in (("order", "grb"), ("vmin", 4), ("gamma", 0), ("cmap", "nothing")):
        with pytest.raises(OptionError, match=name if name != "cmap" else "there is no colormap 'nothing'"):
            options.replaced({name: value})


def test_options_are_equal_when_their_colors_are() -> None:
    red = ListedColormap(["red", "lime"], name="mine")
    assert StreamOptions(cmap=red) == StreamOptions(cmap=ListedColormap(["red", "lime"], name="mine"))
    assert StreamOptions(cmap=red) != StreamOptions(cmap=ListedColormap(["blue", "lime"], name="mine"))
    assert StreamOptions(cmap="viridis").tone == StreamOptions(cmap=matplotlib.colormaps["viridis"]).tone
    assert StreamOptions(cmap=red).cmap is red
