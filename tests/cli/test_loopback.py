import re
import threading

from support import eventually

from marimo_rfb.cli import loopback
from marimo_rfb.hub.access import AccessOptions
from marimo_rfb.hub.hub import Hub


def test_a_picture_and_a_click_get_through_and_a_wrong_token_does_not() -> None:
    findings = {finding.subject: finding for finding in loopback.examine()}
    assert {subject: finding.level for subject, finding in findings.items()} == {
        "hub": "ok",
        "picture": "ok",
        "input": "ok",
        "token": "ok",
    }
    assert re.search(r"640x480 JPEG, \d+\.\d ms", findings["picture"].text)
    eventually(lambda: all(thread.name != "rfb-hub" for thread in threading.enumerate()))


def test_a_hub_that_lets_anybody_in_fails() -> None:
    findings = {finding.subject: finding for finding in loopback.examine(Hub(access=AccessOptions(token=False)))}
    assert findings["token"].level == "fail"
    assert findings["picture"].level == "ok"


def test_a_hub_that_cannot_listen_fails_and_nothing_else_is_tried() -> None:
    hub = Hub()
    hub.close()
    (finding,) = loopback.examine(hub)
    assert (finding.subject, finding.level) == ("hub", "fail")
    assert "127.0.0.1" in finding.remedy
