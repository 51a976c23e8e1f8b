import logging

import pytest

from marimo_rfb.stream.error_log import MAX_KINDS, MAX_TEXTS, ErrorLog

log = logging.getLogger("test_error_log")


@pytest.fixture
def errors() -> ErrorLog:
    return ErrorLog(log, "the thing")


def raised(text: str) -> ValueError:
    try:
        raise ValueError(text)
    except ValueError as exc:
        return exc


def test_each_different_error_is_logged_once_with_its_traceback(
    errors: ErrorLog, caplog: pytest.LogCaptureFixture
) -> None:
    for text in ["a", "b", "a", "a", "b"]:
        errors.add(raised(text))
    assert [record.getMessage() for record in caplog.records] == ["the thing raised; it goes on"] * 2
    assert all(record.exc_info is not None and record.exc_info[2] is not None for record in caplog.records)


def test_and_then_how_often_it_came(errors: ErrorLog, caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(250):
        errors.add(raised("a"))
    assert [record.getMessage() for record in caplog.records[1:]] == [
        "the thing raised 10 times: ValueError: a",
        "the thing raised 100 times: ValueError: a",
    ]


def test_an_error_that_says_something_else_each_time_fills_no_log(
    errors: ErrorLog, caplog: pytest.LogCaptureFixture
) -> None:
    for n in range(150):
        errors.add(raised(f"at frame {n}"))
    assert len(caplog.records) == MAX_TEXTS + 1 + 2
    assert caplog.records[-1].getMessage() == "the thing raised 100 times: ValueError: at frame 109"


def test_one_that_cannot_be_read_is_logged_too(errors: ErrorLog, caplog: pytest.LogCaptureFixture) -> None:
    class Unreadable(Exception):
        def __str__(self) -> str:
            raise ZeroDivisionError

    errors.add(Unreadable())
    assert len(caplog.records) == 1


def test_it_does_not_grow_without_end(errors: ErrorLog) -> None:
    for n in range(3 * MAX_KINDS):
        errors.add(type(f"Error{n}", (Exception,), {})())
    assert len(errors._counts) <= MAX_KINDS + 1
