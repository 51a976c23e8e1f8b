import pytest
from hypothesis import given
from hypothesis import strategies as st

from marimo_rfb.server import own_origins
from marimo_rfb.server.own_origins import OwnOrigins

PAGE = "https://notebook.test:8443"


def learned(*headers: dict[str, str]) -> OwnOrigins:
    known = OwnOrigins()
    for each in headers:
        known.learn([(name.encode(), value.encode("latin-1")) for name, value in each.items()])
    return known


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "same-origin", "origin": PAGE},
        {"Sec-Fetch-Site": "same-origin", "Origin": "HTTPS://Notebook.test:8443"},
        {"sec-fetch-site": "same-origin", "referer": f"{PAGE}/sub/app/?file=a.py"},
        {"marimo-server-token": "", "origin": PAGE},
    ],
)
def test_what_a_browser_says_comes_from_the_same_origin_is_known(headers: dict[str, str]) -> None:
    known = learned(headers)
    assert PAGE in known
    assert "https://notebook.test" not in known
    assert "https://notebook.test:8444" not in known


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": PAGE},
        {"referer": f"{PAGE}/"},
        {"sec-fetch-site": "same-site", "origin": PAGE},
        {"sec-fetch-site": "cross-site", "origin": PAGE, "marimo-server-token": "x"},
        {"sec-fetch-site": "none", "origin": PAGE},
        {"sec-fetch-site": "same-origin"},
        {"marimo-server-token": "x", "referer": f"{PAGE}/"},
    ],
)
def test_of_anything_else_nothing_is_learned(headers: dict[str, str]) -> None:
    assert PAGE not in learned(headers)


@pytest.mark.parametrize(
    "origin", ["null", "", "file://", "https://", "http://[", "https://a@b", "x", "data:text/html,"]
)
def test_what_is_no_origin_of_a_site_is_never_known(origin: str) -> None:
    assert origin not in learned({"sec-fetch-site": "same-origin", "origin": origin})


@given(st.lists(st.tuples(st.binary(max_size=20), st.binary(max_size=20)), max_size=4))
def test_nothing_that_is_said_raises(headers: list[tuple[bytes, bytes]]) -> None:
    OwnOrigins().learn([*headers, (b"sec-fetch-site", b"same-origin"), *[(b"origin", value) for _, value in headers]])


def test_those_that_were_heard_of_last_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_origins, "MAX_ORIGINS", 2)
    said = [{"sec-fetch-site": "same-origin", "origin": f"http://{name}"} for name in ("a", "b", "a", "c")]
    known = learned(*said)
    assert [origin in known for origin in ("http://a", "http://b", "http://c")] == [True, False, True]
