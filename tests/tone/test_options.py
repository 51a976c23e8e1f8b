from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from marimo_rfb.errors import OptionError
from marimo_rfb.tone.options import ToneOptions, check_tone


def test_by_default_the_rule_of_the_stream_is_used() -> None:
    assert check_tone() == ToneOptions()
    assert ToneOptions().is_plain
    assert not ToneOptions().has_range


@pytest.mark.parametrize("options", [{"vmin": 0}, {"vmax": 1}, {"gamma": 2}, {"cmap": "gray"}])
def test_an_option_is_not_the_rule(options: Any) -> None:
    assert not check_tone(**options).is_plain
    assert check_tone(**options).has_range == bool(options.keys() & {"vmin", "vmax"})


def test_numbers_of_numpy_and_fractions_become_floats() -> None:
    options = check_tone(vmin=np.float32(0.5), vmax=np.int64(7), gamma=Fraction(1, 2))
    assert repr((options.vmin, options.vmax, options.gamma)) == "(0.5, 7.0, 0.5)"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"order": "grb"}, r"order is one of 'rgb', 'rgba', 'bgr', 'bgra', got 'grb'"),
        ({"vmin": float("nan")}, r"vmin is a finite number, or None for the stream's own rule, got nan"),
        ({"vmax": float("inf")}, "vmax is a finite number"),
        ({"vmax": 10**400}, "vmax is a finite number"),
        ({"vmin": "0"}, "vmin is a finite number"),
        ({"vmin": True}, "vmin is a finite number"),
        ({"vmin": 1, "vmax": 1}, r"vmin is below vmax, got 1 and 1; cmap='gray_r' reverses the colors"),
        ({"vmin": 2, "vmax": 1}, "vmin is below vmax"),
        ({"gamma": 0}, "gamma is a finite number above 0, got 0"),
        ({"gamma": -1}, "gamma is a finite number above 0"),
        ({"gamma": None}, "gamma is a finite number above 0"),
        ({"cmap": "nothing"}, "there is no colormap 'nothing'"),
    ],
)
def test_what_is_none_is_refused_with_what_would_do(options: Any, message: str) -> None:
    with pytest.raises(OptionError, match=message):
        check_tone(**options)
