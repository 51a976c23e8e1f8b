"""HTTP routes of a hub's port: `/health`, `/streams`, `/streams/<name>/metrics`."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Protocol
from urllib.parse import parse_qs, unquote

from marimo_rfb.hub.access import same_token

__all__ = ["Directory", "refuse", "respond", "split_target"]


class Directory(Protocol):
    """The streams of a hub, as the routes report them."""

    def list_streams(self) -> list[Mapping[str, object]]: ...

    def metrics(self, name: str) -> Mapping[str, object] | None: ...


def respond(target: str, authorization: str, *, token: str, directory: Directory) -> tuple[HTTPStatus, str]:
    """Return status and JSON body for a GET of `target`; all routes but `/health` require `token`."""
    path, query = split_target(target)
    parts = [unquote(part) for part in path.strip("/").split("/")]
    if parts == ["health"]:
        return _json(HTTPStatus.OK, {"status": "ok"})
    if parts[0] != "streams":
        return refuse(HTTPStatus.NOT_FOUND, "there are /health, /streams and /streams/<name>/metrics")
    if not _authorized(query, authorization, token):
        return refuse(HTTPStatus.UNAUTHORIZED, "send the hub's token as Authorization: Bearer or ?token=")
    if len(parts) == 1:
        return _json(HTTPStatus.OK, {"streams": directory.list_streams()})
    metrics = directory.metrics(parts[1]) if len(parts) == 3 and parts[2] == "metrics" else None
    if metrics is None:
        return refuse(HTTPStatus.NOT_FOUND, f"nothing at {path}")
    return _json(HTTPStatus.OK, metrics)


def refuse(status: HTTPStatus, reason: str) -> tuple[HTTPStatus, str]:
    """Return status and JSON body of an error response."""
    return _json(status, {"error": reason})


def split_target(target: str) -> tuple[str, str]:
    """Return path and query of a request; accepts any input, unlike `urlsplit`, which raises for `//[`."""
    path, _, query = target.partition("?")
    return path, query


def _authorized(query: str, authorization: str, token: str) -> bool:
    scheme, _, credential = authorization.partition(" ")
    presented = credential.strip() if scheme.lower() == "bearer" else parse_qs(query).get("token", [""])[0]
    return same_token(presented, token)


def _json(status: HTTPStatus, body: object) -> tuple[HTTPStatus, str]:
    return status, json.dumps(body) + "\n"
