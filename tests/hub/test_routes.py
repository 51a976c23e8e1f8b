import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import pytest

from marimo_rfb.hub.routes import respond

TOKEN = "the-token-of-the-hub"


class Streams:
    """A hub with one stream."""

    def list_streams(self) -> list[Mapping[str, object]]:
        return [{"name": "scene"}]

    def metrics(self, name: str) -> Mapping[str, object] | None:
        return {"name": name, "published": 5} if name == "scene" else None


def get(target: str, authorization: str = "") -> tuple[HTTPStatus, Any]:
    status, body = respond(target, authorization, token=TOKEN, directory=Streams())
    assert body.endswith("\n")
    return status, json.loads(body)


@pytest.mark.parametrize("target", ["/health", "/health/", "/health?x=1"])
def test_health_asks_for_nothing(target: str) -> None:
    assert get(target) == (HTTPStatus.OK, {"status": "ok"})


@pytest.mark.parametrize(
    ("target", "authorization"),
    [
        (f"/streams?token={TOKEN}", ""),
        (f"/streams/?x=1&token={TOKEN}", ""),
        ("/streams", f"Bearer {TOKEN}"),
        ("/streams", f"bearer  {TOKEN} "),
    ],
)
def test_the_token_opens_the_list_of_streams(target: str, authorization: str) -> None:
    assert get(target, authorization) == (HTTPStatus.OK, {"streams": [{"name": "scene"}]})


def test_the_token_opens_the_metrics() -> None:
    assert get("/streams/scene/metrics", f"Bearer {TOKEN}") == (HTTPStatus.OK, {"name": "scene", "published": 5})
    assert get(f"/streams/sc%65ne/metrics?token={TOKEN}")[0] == HTTPStatus.OK


@pytest.mark.parametrize("target", ["/streams", "/streams/scene/metrics", "/streams/nobody/metrics", "/streams/x"])
@pytest.mark.parametrize(
    ("query", "authorization"),
    [
        ("", ""),
        ("?token=", ""),
        ("?token=wrong", ""),
        ("?Token=" + TOKEN, ""),
        ("?token=%ff", ""),
        ("?token=\udcff", ""),
        ("", "Bearer"),
        ("", "Bearer wrong"),
        ("", "Bearer \udcff"),
        ("", f"Basic {TOKEN}"),
        (f"?token={TOKEN}", "Bearer wrong"),
    ],
)
def test_without_it_nothing_is_told_not_even_which_streams_there_are(
    target: str, query: str, authorization: str
) -> None:
    status, body = get(target + query, authorization)
    assert status == HTTPStatus.UNAUTHORIZED
    assert list(body) == ["error"]


@pytest.mark.parametrize("target", ["/", "", "/index.html", "/favicon.ico", "/health/x", "//[", "//", "http://["])
def test_elsewhere_is_nothing(target: str) -> None:
    assert get(target)[0] == HTTPStatus.NOT_FOUND


@pytest.mark.parametrize("path", ["/streams/nobody/metrics", "/streams/scene", "/streams/scene/x", "/streams/a/b/c"])
def test_what_a_stream_does_not_have_is_not_found(path: str) -> None:
    assert get(f"{path}?token={TOKEN}")[0] == HTTPStatus.NOT_FOUND
