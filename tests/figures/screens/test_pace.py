from marimo_rfb.figures.screens.pace import Pace


def test_the_time_that_callbacks_take_does_not_lower_the_rate() -> None:
    now_s = 10.0
    pace = Pace(lambda: now_s)
    assert pace.next_delay_s(0.5) == 0.5
    now_s = 10.75  # a quarter late
    assert pace.next_delay_s(0.5) == 0.25


def test_what_was_missed_is_not_caught_up() -> None:
    now_s = 10.0
    pace = Pace(lambda: now_s)
    now_s = 20.0
    assert pace.next_delay_s(0.5) == 0.0
    assert pace.next_delay_s(0.5) == 0.5
