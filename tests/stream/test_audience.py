import pytest

from marimo_rfb.stream.audience import Audience


def test_at_first_there_is_nobody() -> None:
    audience = Audience()
    assert (audience.viewers, audience.watching, audience.size, audience.target) == (0, 0, None, None)


def test_listeners_find_what_is_new_when_they_are_told() -> None:
    audience, seen = Audience(), list[object]()
    audience.listen(lambda: seen.append((audience.viewers, audience.watching, audience.size)))
    audience.update(viewers=2, watching=1, size=(800, 600))
    audience.update(viewers=0, watching=0, size=(800, 600))
    assert seen == [(2, 1, (800, 600)), (0, 0, (800, 600))]


def test_what_changes_nothing_tells_nobody() -> None:
    audience, told = Audience(), list[int]()
    audience.listen(lambda: told.append(1))
    audience.update(viewers=0, watching=0, size=None)
    audience.update(viewers=1, watching=1, size=None)
    audience.update(viewers=1, watching=1, size=None)
    assert told == [1]


def test_who_stops_listening_is_told_no_more_and_the_others_are() -> None:
    audience, told = Audience(), list[str]()
    stop = audience.listen(lambda: told.append("one"))
    audience.listen(lambda: told.append("other"))
    stop()
    stop()
    audience.update(viewers=1, watching=1, size=None)
    assert told == ["other"]


def test_one_who_listens_twice_stops_twice() -> None:
    audience, told = Audience(), list[int]()

    def listener() -> None:
        told.append(audience.viewers)

    stop = audience.listen(listener)
    audience.listen(listener)
    stop()
    audience.update(viewers=1, watching=1, size=None)
    assert told == [1]


def test_a_listener_may_stop_while_it_is_told() -> None:
    audience, told = Audience(), list[int]()

    def once() -> None:
        told.append(audience.viewers)
        stop()

    stop = audience.listen(once)
    audience.listen(lambda: told.append(-audience.viewers))
    audience.update(viewers=1, watching=1, size=None)
    audience.update(viewers=2, watching=2, size=None)
    assert told == [1, -1, -2]


@pytest.mark.parametrize("problem", [ZeroDivisionError(), SystemExit()])
def test_a_listener_that_raises_is_logged_and_the_others_are_told(
    caplog: pytest.LogCaptureFixture, problem: BaseException
) -> None:
    def fail() -> None:
        raise problem

    audience, told = Audience(), list[int]()
    audience.listen(fail)
    audience.listen(lambda: told.append(1))
    audience.update(viewers=1, watching=1, size=None)
    assert told == [1]
    (record,) = caplog.records
    assert record.exc_info is not None
    assert record.exc_info[1] is problem


def test_listeners_are_told_of_another_target_and_not_of_the_same() -> None:
    audience, seen = Audience(), list[object]()
    audience.listen(lambda: seen.append(audience.target))
    for target in ((8, 6), (8, 6), (10, 6), None, None):
        audience.set_target_size(target)
    assert seen == [(8, 6), (10, 6), None]
