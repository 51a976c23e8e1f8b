"""Which program serves a notebook's page, and below which path."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from marimo_rfb.cli.address import Address
from marimo_rfb.cli.request import ask
from marimo_rfb.cli.visitor import Visitor

__all__ = ["NotebookHost", "find"]

# A page is some folders below the path that its server is at, as in /user/ada/lab/tree/deep/notebook.ipynb.
MAX_FOLDERS = 12


@dataclass(frozen=True, slots=True)
class NotebookHost:
    """A notebook's server; `base` is its address, whose path ends with a slash."""

    program: Literal["marimo", "Jupyter", "stream"]
    base: Address
    version: str = ""

    def at(self, path: str) -> Address:
        return self.base.at(self.base.path + path)


def find(page: Address, visitor: Visitor) -> NotebookHost | None:
    """Ask below each folder of the page's path, the deepest first: a server may be behind another's path.

    Raises:
        OSError: nobody answered.
        http.client.HTTPException: what came is not HTTP.
    """
    for folder in _folders(page.path):
        base = page.at(folder)
        said = ask(page.at(f"{folder}health"), visitor).fields
        if said == {"status": "healthy"}:
            return NotebookHost("marimo", base)
        if said == {"status": "ok"}:
            return NotebookHost("stream", base)
        version = ask(page.at(f"{folder}api"), visitor).fields.get("version")
        if isinstance(version, str):
            return NotebookHost("Jupyter", base, version)
    return None


def _folders(path: str) -> Iterator[str]:
    names = [name for name in path.split("/") if name][:MAX_FOLDERS]
    for count in range(len(names), -1, -1):
        yield "/".join(["", *names[:count], ""])
