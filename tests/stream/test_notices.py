import threading

import pytest

from marimo_rfb.stream.notices import Notices, Source


def test_the_most_urgent_is_shown_and_the_others_come_back_when_it_goes() -> None:
    shown: list[str] = []
    notices = Notices(lambda text, level: shown.append(text))
    steps: list[tuple[Source, str]] = [
        ("picture", "white"),
        ("encoding", "broken"),
        ("publisher", "wait"),
        ("encoding", ""),
        ("publisher", ""),
        ("picture", ""),
    ]
    for source, text in steps:
        notices.put(source, text)
        assert notices.of(source) == text
        assert notices.shown == shown[-1]
    assert shown == ["white", "broken", "wait", "white", ""]


@pytest.mark.parametrize("source", ["encoding", "publisher", "picture"])
def test_what_is_said_again_is_not_shown_again(source: Source) -> None:
    shown: list[str] = []
    notices = Notices(lambda text, level: shown.append(text))
    for text in ("", "wait", "wait", "", ""):
        notices.put(source, text)
    assert shown == ["wait", ""]


def test_a_remark_on_the_picture_is_for_information_and_the_others_are_errors() -> None:
    shown: list[tuple[str, str]] = []
    notices = Notices(lambda text, level: shown.append((text, level)))
    notices.put("picture", "white")
    notices.put("publisher", "wait")
    notices.put("publisher", "")
    assert shown == [("white", "info"), ("wait", "error"), ("white", "info")]


def test_of_several_threads_the_last_one_to_speak_is_shown() -> None:
    shown: list[str] = []
    notices = Notices(lambda text, level: shown.append(text))
    threads = [
        threading.Thread(target=lambda name=name: [notices.put("publisher", f"{name}{n}") for n in range(200)])
        for name in "abcd"
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert shown[-1] == notices.shown == notices.of("publisher")
