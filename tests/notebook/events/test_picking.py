from typing import Any

import numpy as np
import pytest

from marimo_rfb.frame import Frame
from marimo_rfb.notebook.events.picking import picked

PRESS = {"type": "pointer_down", "x": 1.9, "y": 0}


def frame(data: Any) -> Frame:
    return Frame(np.asanyarray(data), seq=1, published_s=0.0)


def test_a_press_on_numbers_has_the_number_and_its_color() -> None:
    assert picked(PRESS, frame([[0.0, 1.0]])) == {**PRESS, "rgb": (255, 255, 255), "value": 1.0}


def test_a_press_on_colors_has_the_color() -> None:
    assert picked(PRESS, frame(np.array([[[0, 0, 0, 0], [1, 2, 3, 4]]], np.uint8))) == {**PRESS, "rgb": (1, 2, 3)}


@pytest.mark.parametrize("event", [{**PRESS, "x": 2}, {**PRESS, "y": -0.1}, {"type": "key_down", "key": "a"}])
def test_what_is_not_on_the_picture_picks_nothing(event: Any) -> None:
    assert picked(event, frame([[0.0, 1.0]])) is event


def test_before_the_first_frame_there_is_nothing_to_pick() -> None:
    assert picked(PRESS, None) is PRESS
