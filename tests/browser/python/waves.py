"""Figures of which matplotlib alone can draw again what a test sees of them."""

import base64
import io
from typing import Any

import numpy as np
from matplotlib.figure import Figure

__all__ = ["draw", "tell"]

X = np.linspace(0, 10, 400)


def draw(figure: Any, number: float, *, xlim: Any = (0, 10), ylim: Any = (-1.2, 1.2)) -> Any:
    """Draw waves on `figure` and return its axes."""
    axes = figure.add_subplot()
    axes.set(xlim=xlim, ylim=ylim, title=f"{number:g} waves", xlabel="time", ylabel="height")
    axes.plot(X, np.sin(number * X), color="tab:blue")
    axes.plot(X, np.cos(number * X), color="tab:red", linewidth=3)
    axes.grid(True)
    return axes


def tell(figure: Any, number: float) -> dict[str, Any]:
    """Return the limits of a figure that `draw` drew, and what matplotlib draws with them."""
    (axes,) = figure.axes
    limits = {"xlim": list(axes.get_xlim()), "ylim": list(axes.get_ylim())}
    again = Figure(figsize=tuple(figure.get_size_inches()), layout="constrained")
    draw(again, number, **limits)
    picture = io.BytesIO()
    again.savefig(picture, format="png", dpi=100 * figure.canvas.pixel_ratio)
    return {
        **limits,
        "number": number,
        "dpi": figure.dpi,
        "size": [float(side) for side in figure.get_size_inches()],
        "picture": base64.b64encode(picture.getvalue()).decode(),
    }
