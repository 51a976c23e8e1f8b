"""Serve a notebook from inside another app: `python -m serve_mounted PORT NOTEBOOK`."""

import sys
from pathlib import Path

import marimo
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route


async def health(request: Request) -> PlainTextResponse:
    return PlainTextResponse("up")


def main(port: int, notebook: Path) -> None:
    # Below two prefixes: one of the app around it, and one of its own.
    dashboards = marimo.create_asgi_app().with_app(path="/dash", root=str(notebook)).build()
    app = Starlette(routes=[Route("/health", health), Mount("/shop", app=dashboards)])
    uvicorn.run(app, port=port, log_level="warning")


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
