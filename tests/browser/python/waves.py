"""Figures of which matplotlib alone can draw again what a test sees of them."""

import asyncio
import base64
import io
from typing import Any

import numpy as np
from facts import Facts
from matplotlib.figure import Figure

__all__ = ["Witness", "draw"]

X = np.linspace(0, 10, 400)


def draw(figure: Any, number: float, *, xlim: Any = (0, 10), ylim: Any = (-1.2, 1.2)) -> Any:
    """Draw waves on `figure` and return its axes."""
    axes = figure.add_subplot()
    axes.set(xlim=xlim, ylim=ylim, title=f"{number:g} waves", xlabel="time", ylabel="height")
    axes.plot(X, np.sin(number * X), color="tab:blue")
    axes.plot(X, np.cos(number * X), color="tab:red", linewidth=3)
    axes.grid(True)
    return axes


class Witness:
    """Tells the limits of a figure that `draw` drew, and draws it again, whenever a test wishes another `ask`."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._figure: Any = None
        self._number = 0.0
        self._task = asyncio.get_running_loop().create_task(self._answer())

    def watch(self, figure: Any, number: float) -> None:
        """Tell of this figure from now on."""
        self._figure, self._number = figure, number

    async def _answer(self) -> None:
        answered = None
        while True:
            asked = self._facts.wishes.get("ask")
            if asked != answered and self._figure is not None:
                answered = asked
                self._facts.note("told", {"ask": asked, **self._told()})
            await asyncio.sleep(0.02)

    def _told(self) -> dict[str, Any]:
        (axes,) = self._figure.axes
        limits = {"xlim": list(axes.get_xlim()), "ylim": list(axes.get_ylim())}
        again = Figure(figsize=tuple(self._figure.get_size_inches()), layout="constrained")
        draw(again, self._number, **limits)
        picture = io.BytesIO()
        again.savefig(picture, format="png", dpi=100 * self._figure.canvas.pixel_ratio)
        return {
            **limits,
            "number": self._number,
            "dpi": self._figure.dpi,
            "size": [float(side) for side in self._figure.get_size_inches()],
            "picture": base64.b64encode(picture.getvalue()).decode(),
        }
