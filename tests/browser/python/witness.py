"""Tells tests what a scene is like, and what its library alone draws of it."""

import asyncio
import base64
import io
from collections.abc import Callable
from typing import Any

import numpy.typing as npt
from facts import Facts
from PIL import Image

__all__ = ["Witness", "as_png"]


class Witness:
    """Answers whenever a test wishes another `ask`."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._tell: Callable[[], dict[str, Any]] | None = None
        self._task = asyncio.get_running_loop().create_task(self._answer())

    def watch(self, tell: Callable[[], dict[str, Any]]) -> None:
        """Answer with what `tell` returns from now on: a `picture`, and what else there is to tell."""
        self._tell = tell

    async def _answer(self) -> None:
        answered = None
        while True:
            asked = self._facts.wishes.get("ask")
            if asked != answered and self._tell is not None:
                answered = asked
                self._facts.note("told", {"ask": asked, **self._tell()})
            await asyncio.sleep(0.02)


def as_png(pixels: npt.NDArray[Any]) -> str:
    """Return an RGB or RGBA picture as a PNG in base64."""
    png = io.BytesIO()
    Image.fromarray(pixels[..., :3].copy()).save(png, "png")
    return base64.b64encode(png.getvalue()).decode()
