"""Plots, which are drawn when they are shown: figures, axes and canvases of matplotlib, scenes with a `screenshot`."""

import io
from typing import Any

import numpy as np
import numpy.typing as npt

from marimo_rfb.kinds.refusal import refused

__all__ = ["is_plot", "plot_array"]

# Subfigures in one another; an object that has every attribute would have no end of them.
MAX_SUBFIGURES = 8


def is_plot(picture: Any) -> bool:
    """Return whether `picture` can draw itself."""
    names = ("buffer_rgba", "savefig", "screenshot")
    return any(callable(getattr(picture, name, None)) for name in names) or _figure_of(picture) is not None


def plot_array(plot: Any) -> npt.NDArray[Any]:
    """Draw `plot`; return the picture as uint8 `(height, width, 3 or 4)`.

    Args:
        plot: an object with `buffer_rgba` (a canvas of matplotlib, which is drawn first), with `savefig` (a figure, a
            grid of seaborn), with a `figure` (axes, an artist), or with `screenshot` (a plotter of PyVista).

    Raises:
        FrameError: it cannot be drawn.
    """
    try:
        if callable(getattr(plot, "buffer_rgba", None)):
            if callable(getattr(plot, "draw", None)):
                plot.draw()
            return np.asarray(plot.buffer_rgba())
        if callable(getattr(plot, "savefig", None)):
            return _saved(plot)
        figure = _figure_of(plot)
        return _saved(figure) if figure is not None else _screenshot(plot)
    except Exception as exc:
        raise refused("cannot draw", plot, exc) from exc


def _figure_of(picture: Any) -> Any:
    """Return the figure that an artist of matplotlib is in; `None` if it is in none."""
    figure = picture
    for _ in range(MAX_SUBFIGURES):
        figure = getattr(figure, "figure", None)
        if figure is None or callable(getattr(figure, "savefig", None)):
            return figure
    return None


def _saved(figure: Any) -> npt.NDArray[Any]:
    box = getattr(figure, "bbox", None)
    if box is None or not hasattr(figure, "dpi"):
        return _saved_as_png(figure)
    file = io.BytesIO()
    figure.savefig(file, format="rgba", dpi=figure.dpi)
    raw, width, height = file.getvalue(), int(box.width), int(box.height)
    if len(raw) != 4 * width * height:  # cropped: `savefig.bbox` is "tight" in matplotlib's settings
        return _saved_as_png(figure)
    return np.frombuffer(raw, np.uint8).reshape(height, width, 4)


def _saved_as_png(figure: Any) -> npt.NDArray[Any]:
    from PIL import Image

    file = io.BytesIO()
    figure.savefig(file, format="png")
    with Image.open(file, formats=["PNG"]) as image:
        return np.asarray(image.convert("RGBA"))


def _screenshot(scene: Any) -> npt.NDArray[Any]:
    try:
        picture = scene.screenshot(return_img=True)
    except TypeError:  # napari returns the picture without being asked
        picture = scene.screenshot()
    if picture is None:
        raise ValueError("screenshot() returned nothing")
    return np.asarray(picture)
