"""Which program serves a notebook's page, and below which path."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from marimo_rfb.cli.doctor.address import Address
from marimo_rfb.cli.doctor.client_options import ClientOptions
from marimo_rfb.cli.doctor.http_client import get

__all__ = ["NotebookServer", "find_server"]

# A page is some folders below its server's path, as in /user/ada/lab/tree/deep/notebook.ipynb.
MAX_FOLDERS = 12


@dataclass(frozen=True, slots=True)
class NotebookServer:
    """A notebook's server, or a hub of streams; `base` is its address, whose path ends with a slash."""

    program: Literal["marimo", "Jupyter", "hub"]
    base: Address
    version: str = ""

    def at(self, path: str) -> Address:
        return self.base.at(self.base.path + path)


def find_server(page: Address, options: ClientOptions) -> NotebookServer | None:
    """Ask each folder of the page's path, the deepest first: one server may be mounted below another.

    Raises:
        OSError: no answer.
        http.client.HTTPException: the answer is not HTTP.
    """
    for folder in _folders(page.path):
        base = page.at(folder)
        health = get(page.at(f"{folder}health"), options).json
        if health == {"status": "healthy"}:
            return NotebookServer("marimo", base)
        if health == {"status": "ok"}:
            return NotebookServer("hub", base)
        version = get(page.at(f"{folder}api"), options).json.get("version")
        if isinstance(version, str):
            return NotebookServer("Jupyter", base, version)
    return None


def _folders(path: str) -> Iterator[str]:
    names = [name for name in path.split("/") if name][:MAX_FOLDERS]
    for count in range(len(names), -1, -1):
        yield "/".join(["", *names[:count], ""])
