import logging
import threading

import pytest
from rendercanvas.base import log_exception, logger

from marimo_rfb.figures.rendercanvas.errors import logged_errors


def test_errors_that_are_logged_are_collected_on_this_thread_alone(caplog: pytest.LogCaptureFixture) -> None:
    with logged_errors() as errors:
        other = threading.Thread(target=lambda: logger.error("of another thread"))
        other.start()
        other.join()
        for _ in range(2):
            with log_exception("Error during handling"):
                raise ValueError("not a place in this scene")
    assert len(errors) == 2
    assert errors[0].startswith("ValueError: not a place in this scene\ntest_errors_")
    assert errors[1] == errors[0]  # although rendercanvas logs a line of text the second time
    with caplog.at_level(logging.ERROR):
        logger.error("later")
    assert len(errors) == 2


def test_an_error_that_is_no_longer_logged_because_it_comes_often_is_known_as_the_last_one() -> None:
    before = ""
    for _ in range(20):
        with logged_errors(before) as errors, log_exception("Error during handling"):
            raise ValueError("again and again")
        (before,) = errors
    with logged_errors(before) as errors:
        pass
    assert errors == []
    with logged_errors("of another canvas") as errors, log_exception("Error during handling"):
        raise ValueError("again and again")
    assert errors == []
