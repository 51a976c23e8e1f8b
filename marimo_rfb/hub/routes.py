"""What a hub's port answers to plain HTTP: `/health`, `/streams`, `/streams/<name>/metrics`."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Protocol
from urllib.parse import parse_qs, unquote, urlsplit

from marimo_rfb.hub.access import same_token

__all__ = ["Directory", "answer"]


class Directory(Protocol):
    """What there is to tell about."""

    def list_streams(self) -> list[Mapping[str, object]]: ...

    def metrics(self, name: str) -> Mapping[str, object] | None: ...


def answer(target: str, authorization: str, *, token: str, directory: Directory) -> tuple[HTTPStatus, str]:
    """Return status and JSON body for a GET of `target`; all but health ask for `token`."""
    url = urlsplit(target)
    parts = [unquote(part) for part in url.path.strip("/").split("/")]
    if parts == ["health"]:
        return _json(HTTPStatus.OK, {"status": "ok"})
    if parts[0] != "streams":
        return _json(HTTPStatus.NOT_FOUND, {"error": "there are /health, /streams and /streams/<name>/metrics"})
    if not _authorized(url.query, authorization, token):
        return _json(HTTPStatus.UNAUTHORIZED, {"error": "send the hub's token as Authorization: Bearer or ?token="})
    if len(parts) == 1:
        return _json(HTTPStatus.OK, {"streams": directory.list_streams()})
    metrics = directory.metrics(parts[1]) if len(parts) == 3 and parts[2] == "metrics" else None
    if metrics is None:
        return _json(HTTPStatus.NOT_FOUND, {"error": f"nothing at {url.path}"})
    return _json(HTTPStatus.OK, metrics)


def _authorized(query: str, authorization: str, token: str) -> bool:
    scheme, _, credential = authorization.partition(" ")
    presented = credential.strip() if scheme.lower() == "bearer" else parse_qs(query).get("token", [""])[0]
    return same_token(presented, token)


def _json(status: HTTPStatus, body: object) -> tuple[HTTPStatus, str]:
    return status, json.dumps(body) + "\n"
