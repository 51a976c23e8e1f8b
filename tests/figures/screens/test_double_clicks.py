from typing import Any

from marimo_rfb.figures.screens.double_clicks import DoubleClicks


def press(clicks: DoubleClicks, at_s: float, x: float = 10, *, button: int = 1, pixel_ratio: float = 1.0) -> bool:
    fields: dict[str, Any] = {"button": button, "timestamp": at_s}
    return clicks.is_second(fields, x, 20, pixel_ratio=pixel_ratio)


def test_two_quick_presses_of_a_button_at_a_place_are_a_double_click_and_a_third_begins_anew() -> None:
    clicks = DoubleClicks()
    assert [press(clicks, at_s) for at_s in (1.0, 1.2, 1.4, 1.6)] == [False, True, False, True]


def test_slow_presses_distant_ones_and_other_buttons_are_none() -> None:
    assert not press_twice(at_s=1.5)
    assert not press_twice(x=20)
    assert not press_twice(button=2)
    assert press_twice(x=17, pixel_ratio=2.0)


def press_twice(*, at_s: float = 1.1, x: float = 10, button: int = 1, pixel_ratio: float = 1.0) -> bool:
    clicks = DoubleClicks()
    press(clicks, 1.0)
    return press(clicks, at_s, x, button=button, pixel_ratio=pixel_ratio)
