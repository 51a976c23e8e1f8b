import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from answers import Reply, answering
from notebook_servers import jupyter, marimo
from relay import Certificate, relay

from marimo_rfb.cli import address_doctor
from marimo_rfb.cli.finding import Finding
from marimo_rfb.hub.hub import Hub
from marimo_rfb.version import VERSION

Findings = dict[str, Finding]

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="process groups are POSIX")

SECRET = "s3cret-of-the-server"


@pytest.fixture(scope="module")
def guarded() -> Iterator[int]:
    """Give the port of a marimo at /sub/app that has a password."""
    with marimo("--token", "--token-password", SECRET, base="/sub/app/") as port:
        yield port


@pytest.fixture(scope="module")
def bare() -> Iterator[int]:
    """Give the port of a marimo without our middleware."""
    with marimo(middleware=False) as port:
        yield port


@pytest.fixture(scope="module")
def lab() -> Iterator[int]:
    """Give the port of a JupyterLab as a hub has it, with jupyter-server-proxy."""
    with jupyter(token=SECRET, base="/user/ada/") as port:
        yield port


@pytest.fixture(scope="module")
def bare_lab() -> Iterator[int]:
    with jupyter(token=SECRET, proxy=False) as port:
        yield port


def examined(url: str, token: str | None = None, *, insecure: bool = False) -> Findings:
    return {finding.subject: finding for finding in address_doctor.examine(url, token=token, insecure=insecure)}


def levels(findings: Findings) -> dict[str, str]:
    return {subject: finding.level for subject, finding in findings.items()}


def last(findings: Findings) -> Finding:
    return list(findings.values())[-1]


ALL_IS_WELL = {"port": "ok", "page": "ok", "server": "ok", "middleware": "ok", "socket": "ok", "pictures go": "ok"}


# marimo.


@pytest.mark.parametrize("path", ["/sub/app", "/sub/app/", "/sub/app/?file=notebook.py", "/sub/app/?access_token="])
def test_pictures_go_through_a_marimo_that_has_our_middleware(guarded: int, path: str) -> None:
    query = SECRET if path.endswith("=") else ""
    findings = examined(f"http://127.0.0.1:{guarded}{path}{query}", None if query else SECRET)
    assert levels(findings) == ALL_IS_WELL
    assert findings["server"].text == f"marimo at http://127.0.0.1:{guarded}/sub/app/"
    assert findings["middleware"].text == f"marimo-rfb {VERSION} is in marimo's server"
    assert findings["socket"].text == "a WebSocket comes through"
    assert "on another machine through the notebook's own server" in last(findings).text


def test_without_a_login_it_is_seen_that_sockets_come_through(guarded: int) -> None:
    findings = examined(f"http://127.0.0.1:{guarded}/sub/app/")
    assert levels(findings) == ALL_IS_WELL
    assert "wants a login" in findings["page"].text
    assert "needs the login that the browser has" in findings["socket"].text


def test_a_wrong_token_is_told(guarded: int) -> None:
    findings = examined(f"http://127.0.0.1:{guarded}/sub/app/", "x" * 20)
    assert findings["page"].level == "warn"
    assert "takes not this token" in findings["page"].text
    assert findings["socket"].level == "ok"


def test_a_proxy_that_swallows_sockets_is_told_from_a_server_without_us(guarded: int) -> None:
    with relay(guarded, swallows=True) as port:
        findings = examined(f"http://127.0.0.1:{port}/sub/app/", SECRET)
    assert (findings["middleware"].level, findings["socket"].level) == ("ok", "fail")
    assert "a proxy between here and there swallows it" in findings["socket"].text
    assert "proxy_set_header Upgrade" in findings["socket"].remedy
    assert last(findings).level == "warn"
    assert "over the kernel's channel, which is slow" in last(findings).text


def test_an_encrypted_page_needs_no_port_of_its_own(guarded: int, tmp_path: Path) -> None:
    with relay(guarded, tls=Certificate(tmp_path)) as port:
        url = f"https://127.0.0.1:{port}/sub/app/"
        assert levels(examined(url)) == {"port": "ok", "certificate": "fail"}
        findings = examined(url, SECRET, insecure=True)
    assert levels(findings) == {
        **ALL_IS_WELL,
        "certificate": "warn",
        "mixed content": "ok",
    }
    assert "none is needed" in findings["mixed content"].text


def test_a_marimo_without_our_middleware_says_how_to_get_it(bare: int) -> None:
    findings = examined(f"http://127.0.0.1:{bare}/")
    assert levels(findings) == {"port": "ok", "page": "ok", "server": "ok", "middleware": "warn", "pictures go": "warn"}
    assert "404 Not Found at /rfb/health" in findings["middleware"].text
    assert "pip install marimo-rfb" in findings["middleware"].remedy
    assert "directly to a browser on this machine" in last(findings).text
    assert "over the kernel's channel, which is slow" in last(findings).text


def test_a_marimo_with_our_middleware_of_another_version_is_to_be_started_again() -> None:
    with marimo(version="0.0.1") as port:
        findings = examined(f"http://127.0.0.1:{port}/")
    assert levels(findings) == {**ALL_IS_WELL, "middleware": "warn"}
    assert f"here is marimo-rfb {VERSION}, and marimo's server has 0.0.1" in findings["middleware"].text
    assert "start marimo again" in findings["middleware"].remedy
    assert "the same version in both" in findings["middleware"].remedy


def test_an_encrypted_page_without_a_way_of_its_own_is_warned_of_mixed_content(bare: int, tmp_path: Path) -> None:
    with relay(bare, tls=Certificate(tmp_path)) as port:
        findings = examined(f"https://127.0.0.1:{port}/", insecure=True)
    assert findings["mixed content"].level == "warn"
    assert "refuses ws://" in findings["mixed content"].text
    assert last(findings).level == "warn"


def test_a_page_of_another_machine_is_reached_by_the_proxy_of_the_environment(
    guarded: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    with relay(guarded) as proxy:
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{proxy}")
        monkeypatch.setenv("https_proxy", "")
        findings = examined("http://rfb.test/sub/app/", SECRET)
    assert levels(findings) == {"proxy": "ok", **ALL_IS_WELL}
    assert last(findings).text == "to a browser on another machine through the notebook's own server"


# Jupyter.


@pytest.mark.parametrize("path", ["lab", "lab/tree/deep/down/notebook.ipynb", "notebooks/notebook.ipynb", ""])
def test_pictures_go_through_a_jupyter_that_has_the_proxy(lab: int, path: str) -> None:
    findings = examined(f"http://127.0.0.1:{lab}/user/ada/{path}?token={SECRET}")
    expected = {"port": "ok", "page": "ok", "server": "ok", "proxy": "ok", "socket": "ok", "pictures go": "ok"}
    assert levels(findings) == expected
    assert findings["server"].text.startswith("Jupyter 2.")
    assert findings["server"].text.endswith(f"at http://127.0.0.1:{lab}/user/ada/")
    assert findings["socket"].text == "a WebSocket comes through"
    assert last(findings).level == "ok"


def test_without_a_login_jupyters_proxy_is_seen_and_no_more(lab: int) -> None:
    findings = examined(f"http://127.0.0.1:{lab}/user/ada/lab")
    assert findings["proxy"].level == "ok"
    assert (findings["socket"].level, findings["socket"].remedy) == ("warn", "give the server's token by --token")


def test_a_proxy_that_swallows_jupyters_sockets_is_told(lab: int) -> None:
    with relay(lab, swallows=True) as port:
        for token in (SECRET, None):
            findings = examined(f"http://127.0.0.1:{port}/user/ada/lab", token)
            assert findings["socket"].level == "fail"
            assert "swallows it" in findings["socket"].text
            assert last(findings).level == "warn"


@pytest.mark.parametrize("token", [SECRET, None])
def test_a_jupyter_without_the_proxy_says_how_to_get_it(bare_lab: int, token: str | None) -> None:
    findings = examined(f"http://127.0.0.1:{bare_lab}/lab", token)
    assert findings["proxy"].level == "warn"
    assert "pip install jupyter-server-proxy" in findings["proxy"].remedy
    assert "socket" not in findings
    assert last(findings).level == "warn"


# Neither.


def test_a_login_before_the_server_is_as_far_as_a_terminal_gets() -> None:
    seen = []

    def gate(target: str, headers: dict[str, str]) -> Reply:
        seen.append(target)
        return 302, {"Location": "https://login.example/start"}, b""

    with answering(gate) as port:
        findings = examined(f"http://127.0.0.1:{port}/lab", SECRET)
    assert last(findings).level == "fail"
    assert "wants a login" in last(findings).text
    assert "/start" not in "".join(seen)


def test_the_token_goes_to_no_other_server() -> None:
    seen = []

    def catch(target: str, headers: dict[str, str]) -> Reply:
        seen.append(headers.get("authorization"))
        return 200, {}, b""

    with answering(catch) as other:
        location = f"http://127.0.0.1:{other}/"
        with answering(lambda target, headers: (302, {"Location": location}, b"")) as port:
            findings = examined(f"http://127.0.0.1:{port}/", SECRET)
    assert seen == []
    assert location in findings["page"].text


def test_a_page_that_went_over_to_encryption_is_followed(guarded: int, tmp_path: Path) -> None:
    with relay(guarded, tls=Certificate(tmp_path)) as encrypted:

        def move(target: str, headers: dict[str, str]) -> Reply:
            return 301, {"Location": f"https://127.0.0.1:{encrypted}{target}"}, b""

        with answering(move) as port:
            findings = list(address_doctor.examine(f"http://127.0.0.1:{port}/sub/app/", token=SECRET, insecure=True))
    assert [finding.text for finding in findings if "goes on" in finding.text] == [
        f"goes on at https://127.0.0.1:{encrypted}"
    ]
    assert findings[-1].level == "ok"


def test_circles_are_left() -> None:
    with answering(lambda target, headers: (302, {"Location": f"{target}x"}, b"")) as port:
        assert "in circles" in last(examined(f"http://127.0.0.1:{port}/")).text


@pytest.mark.parametrize(("status", "words"), [(502, "is not there behind it"), (404, "answers 404 Not Found")])
def test_a_server_without_a_notebook_says_what_it_answers(status: int, words: str) -> None:
    with answering(lambda target, headers: (status, {}, b"<html>")) as port:
        findings = examined(f"http://127.0.0.1:{port}/x/y")
    assert words in findings["page"].text
    assert last(findings).level == "fail"
    assert "neither marimo nor Jupyter" in last(findings).text


def test_the_port_of_streams_is_no_page() -> None:
    hub = Hub()
    hub.start()
    try:
        found = last(examined(f"http://127.0.0.1:{hub.port}/scene"))
    finally:
        hub.close()
    assert (found.level, found.remedy) == ("fail", f"give ws://127.0.0.1:{hub.port}/name")
