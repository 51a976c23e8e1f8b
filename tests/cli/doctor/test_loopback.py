import re
import threading

from support import eventually

from marimo_rfb.cli.doctor import loopback
from marimo_rfb.hub.access import AccessOptions
from marimo_rfb.hub.hub import Hub


def test_a_picture_and_a_click_get_through_and_a_wrong_token_does_not() -> None:
    results = {result.subject: result for result in loopback.check()}
    assert {subject: result.level for subject, result in results.items()} == {
        "hub": "ok",
        "picture": "ok",
        "input": "ok",
        "token": "ok",
    }
    assert re.search(r"640x480 JPEG, \d+\.\d ms", results["picture"].text)
    eventually(lambda: all(thread.name != "rfb-hub" for thread in threading.enumerate()))


def test_a_hub_that_accepts_any_token_fails() -> None:
    results = {result.subject: result for result in loopback.check(Hub(access=AccessOptions(token=False)))}
    assert results["token"].level == "fail"
    assert results["picture"].level == "ok"


def test_a_hub_that_cannot_listen_ends_the_checks() -> None:
    hub = Hub()
    hub.close()
    (result,) = loopback.check(hub)
    assert (result.subject, result.level) == ("hub", "fail")
    assert "127.0.0.1" in result.remedy
