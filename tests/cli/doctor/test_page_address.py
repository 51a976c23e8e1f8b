import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from answers import Reply, answering
from notebook_servers import jupyter, marimo
from relay import Certificate, relay

from marimo_rfb.cli.doctor.check_result import CheckResult
from marimo_rfb.cli.doctor.url import check_url
from marimo_rfb.hub.hub import Hub
from marimo_rfb.version import VERSION

Results = dict[str, CheckResult]

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="process groups are POSIX")

SECRET = "s3cret-of-the-server"


@pytest.fixture(scope="module")
def guarded() -> Iterator[int]:
    """Return the port of a marimo at /sub/app with a password."""
    with marimo("--token", "--token-password", SECRET, base="/sub/app/") as port:
        yield port


@pytest.fixture(scope="module")
def bare() -> Iterator[int]:
    """Return the port of a marimo without the middleware."""
    with marimo(middleware=False) as port:
        yield port


@pytest.fixture(scope="module")
def lab() -> Iterator[int]:
    """Return the port of a JupyterLab below /user/ada/, with jupyter-server-proxy."""
    with jupyter(token=SECRET, base="/user/ada/") as port:
        yield port


@pytest.fixture(scope="module")
def bare_lab() -> Iterator[int]:
    with jupyter(token=SECRET, proxy=False) as port:
        yield port


def check(url: str, token: str | None = None, *, insecure: bool = False) -> Results:
    return {result.subject: result for result in check_url(url, token=token, insecure=insecure)}


def levels(results: Results) -> dict[str, str]:
    return {subject: result.level for subject, result in results.items()}


def last(results: Results) -> CheckResult:
    return list(results.values())[-1]


ALL_OK = {"port": "ok", "page": "ok", "server": "ok", "middleware": "ok", "socket": "ok", "pictures come": "ok"}


# marimo.


@pytest.mark.parametrize("path", ["/sub/app", "/sub/app/", "/sub/app/?file=notebook.py", "/sub/app/?access_token="])
def test_pictures_come_through_a_marimo_that_has_the_middleware(guarded: int, path: str) -> None:
    query = SECRET if path.endswith("=") else ""
    results = check(f"http://127.0.0.1:{guarded}{path}{query}", None if query else SECRET)
    assert levels(results) == ALL_OK
    assert results["server"].text == f"marimo at http://127.0.0.1:{guarded}/sub/app/"
    assert results["middleware"].text == f"marimo's server has marimo-rfb {VERSION}"
    assert results["socket"].text == "a WebSocket opens"
    assert "on another machine through the notebook's own server" in last(results).text


def test_without_a_login_a_websocket_still_opens(guarded: int) -> None:
    results = check(f"http://127.0.0.1:{guarded}/sub/app/")
    assert levels(results) == ALL_OK
    assert "requires a login" in results["page"].text
    assert "needs the browser's login" in results["socket"].text


def test_a_wrong_token_is_reported(guarded: int) -> None:
    results = check(f"http://127.0.0.1:{guarded}/sub/app/", "x" * 20)
    assert results["page"].level == "warn"
    assert "rejected this token" in results["page"].text
    assert results["socket"].level == "ok"


def test_a_proxy_that_blocks_websockets_is_told_from_a_server_without_the_middleware(guarded: int) -> None:
    with relay(guarded, swallows=True) as port:
        results = check(f"http://127.0.0.1:{port}/sub/app/", SECRET)
    assert (results["middleware"].level, results["socket"].level) == ("ok", "fail")
    assert "a proxy blocks WebSockets" in results["socket"].text
    assert "proxy_set_header Upgrade" in results["socket"].remedy
    assert last(results).level == "warn"
    assert "over the kernel's channel, which is slow" in last(results).text


def test_an_https_page_needs_no_other_port(guarded: int, tmp_path: Path) -> None:
    with relay(guarded, tls=Certificate(tmp_path)) as port:
        url = f"https://127.0.0.1:{port}/sub/app/"
        assert levels(check(url)) == {"port": "ok", "certificate": "fail"}
        results = check(url, SECRET, insecure=True)
    assert levels(results) == {
        **ALL_OK,
        "certificate": "warn",
        "mixed content": "ok",
    }
    assert "it does not need to" in results["mixed content"].text


def test_a_marimo_without_the_middleware_says_how_to_install_it(bare: int) -> None:
    results = check(f"http://127.0.0.1:{bare}/")
    assert levels(results) == {
        "port": "ok",
        "page": "ok",
        "server": "ok",
        "middleware": "warn",
        "pictures come": "warn",
    }
    assert "404 Not Found at /rfb/health" in results["middleware"].text
    assert "install marimo-rfb" in results["middleware"].remedy
    assert "in a browser on this machine directly from the kernel's port" in last(results).text
    assert "over the kernel's channel, which is slow" in last(results).text


def test_a_marimo_with_another_version_of_the_middleware_must_be_restarted() -> None:
    with marimo(version="0.0.1") as port:
        results = check(f"http://127.0.0.1:{port}/")
    assert levels(results) == {**ALL_OK, "middleware": "warn"}
    assert f"marimo's server has marimo-rfb 0.0.1, this environment has {VERSION}" in results["middleware"].text
    assert "start marimo again" in results["middleware"].remedy
    assert "the same version in both" in results["middleware"].remedy


def test_an_https_page_without_the_middleware_warns_of_mixed_content(bare: int, tmp_path: Path) -> None:
    with relay(bare, tls=Certificate(tmp_path)) as port:
        results = check(f"https://127.0.0.1:{port}/", insecure=True)
    assert results["mixed content"].level == "warn"
    assert "cannot open an unencrypted ws://" in results["mixed content"].text
    assert last(results).level == "warn"


def test_a_page_on_another_machine_is_reached_by_the_proxy_of_the_environment(
    guarded: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    with relay(guarded) as proxy:
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{proxy}")
        monkeypatch.setenv("https_proxy", "")
        results = check("http://rfb.test/sub/app/", SECRET)
    assert levels(results) == {"proxy": "ok", **ALL_OK}
    assert last(results).text == "on another machine through the notebook's own server"


# Jupyter.


@pytest.mark.parametrize("path", ["lab", "lab/tree/deep/down/notebook.ipynb", "notebooks/notebook.ipynb", ""])
def test_pictures_come_through_a_jupyter_that_has_the_proxy(lab: int, path: str) -> None:
    results = check(f"http://127.0.0.1:{lab}/user/ada/{path}?token={SECRET}")
    expected = {"port": "ok", "page": "ok", "server": "ok", "proxy": "ok", "socket": "ok", "pictures come": "ok"}
    assert levels(results) == expected
    assert results["server"].text.startswith("Jupyter 2.")
    assert results["server"].text.endswith(f"at http://127.0.0.1:{lab}/user/ada/")
    assert results["socket"].text == "a WebSocket opens"
    assert last(results).level == "ok"


def test_without_a_login_only_jupyters_proxy_is_recognised(lab: int) -> None:
    results = check(f"http://127.0.0.1:{lab}/user/ada/lab")
    assert results["proxy"].level == "ok"
    assert (results["socket"].level, results["socket"].remedy) == ("warn", "pass the server's token with --token")


def test_a_proxy_that_blocks_jupyters_websockets_is_reported(lab: int) -> None:
    with relay(lab, swallows=True) as port:
        for token in (SECRET, None):
            results = check(f"http://127.0.0.1:{port}/user/ada/lab", token)
            assert results["socket"].level == "fail"
            assert "a proxy blocks WebSockets" in results["socket"].text
            assert last(results).level == "warn"


@pytest.mark.parametrize("token", [SECRET, None])
def test_a_jupyter_without_the_proxy_says_how_to_install_it(bare_lab: int, token: str | None) -> None:
    results = check(f"http://127.0.0.1:{bare_lab}/lab", token)
    assert results["proxy"].level == "warn"
    assert "install jupyter-server-proxy" in results["proxy"].remedy
    assert "socket" not in results
    assert last(results).level == "warn"


# Neither.


def test_a_login_before_the_server_ends_the_checks() -> None:
    seen = []

    def gate(target: str, headers: dict[str, str]) -> Reply:
        seen.append(target)
        return 302, {"Location": "https://login.example/start"}, b""

    with answering(gate) as port:
        results = check(f"http://127.0.0.1:{port}/lab", SECRET)
    assert last(results).level == "fail"
    assert "a login page comes before" in last(results).text
    assert "/start" not in "".join(seen)


def test_the_token_is_not_sent_to_another_server() -> None:
    seen = []

    def catch(target: str, headers: dict[str, str]) -> Reply:
        seen.append(headers.get("authorization"))
        return 200, {}, b""

    with answering(catch) as other:
        location = f"http://127.0.0.1:{other}/"
        with answering(lambda target, headers: (302, {"Location": location}, b"")) as port:
            results = check(f"http://127.0.0.1:{port}/", SECRET)
    assert seen == []
    assert location in results["page"].text


def test_a_redirect_to_https_is_followed(guarded: int, tmp_path: Path) -> None:
    with relay(guarded, tls=Certificate(tmp_path)) as encrypted:

        def move(target: str, headers: dict[str, str]) -> Reply:
            return 301, {"Location": f"https://127.0.0.1:{encrypted}{target}"}, b""

        with answering(move) as port:
            results = list(check_url(f"http://127.0.0.1:{port}/sub/app/", token=SECRET, insecure=True))
    assert [result.text for result in results if "redirects to" in result.text] == [
        f"redirects to https://127.0.0.1:{encrypted}"
    ]
    assert results[-1].level == "ok"


def test_a_redirect_loop_ends() -> None:
    with answering(lambda target, headers: (302, {"Location": f"{target}x"}, b"")) as port:
        assert "in a loop" in last(check(f"http://127.0.0.1:{port}/")).text


@pytest.mark.parametrize(
    ("status", "words"), [(502, "cannot reach the notebook's server"), (404, "answers 404 Not Found")]
)
def test_a_server_without_a_notebook_is_reported_with_its_status(status: int, words: str) -> None:
    with answering(lambda target, headers: (status, {}, b"<html>")) as port:
        results = check(f"http://127.0.0.1:{port}/x/y")
    assert words in results["page"].text
    assert last(results).level == "fail"
    assert "neither marimo nor Jupyter" in last(results).text


def test_a_port_of_streams_is_not_a_page(hub: Hub) -> None:
    found = last(check(f"http://127.0.0.1:{hub.port}/scene"))
    assert (found.level, found.remedy) == ("fail", f"use ws://127.0.0.1:{hub.port}/name")
