"""The functions `figure` and `show`."""

import sys
from typing import TYPE_CHECKING, Any, Unpack

from marimo_rfb.errors import OptionError
from marimo_rfb.notebook.reactive import frame
from marimo_rfb.notebook.view_options import StreamViewOptions
from marimo_rfb.stream.stream import Stream

if TYPE_CHECKING:
    from marimo_rfb.notebook.view import View

__all__ = ["figure", "show"]


def figure(
    drawing: Any, *, name: str | None = None, keep_limits: bool = False, **view_options: "Unpack[StreamViewOptions]"
) -> "View":
    """Show a figure, live and interactive, in a view of the running cell; a re-run of the cell gets the same view.

    Pan, zoom, pick, keys, widgets and animations of the figure work as in a window, and its callbacks run on the
    kernel's thread, between cell runs. Changes of its artists show by themselves. It is drawn only while somebody
    looks, in the device pixels of the view, and follows the size of the view; its dpi stays what it is.

    Args:
        drawing: a matplotlib figure, or axes of one. A figure may have several views.
        name: distinguishes several views of one cell; views without a name are distinguished by their order.
        keep_limits: whether a re-run of the cell, with a new figure, keeps the limits of the axes that users chose.
        view_options: see `frame`. The default `width` and `height` are those of the figure, and `toolbar` has
            matplotlib's tools.

    Raises:
        NameTaken: the cell already has a view with that name.
        OptionError: an option is unknown or has an invalid value, or `drawing` is no figure.
    """
    matplotlib_figure = _figure_of(drawing)
    if matplotlib_figure is None:
        raise OptionError(f"figure takes a matplotlib figure or axes, got {type(drawing).__name__}; {_hint(drawing)}")
    # Not before there is a figure, because matplotlib is optional.
    from marimo_rfb.figures.matplotlib.backend import canvas_of
    from marimo_rfb.figures.matplotlib.show import show_figure

    canvas = canvas_of(matplotlib_figure)
    return show_figure(canvas, name=name, keep_limits=keep_limits, view_options=view_options)


def show(thing: Any, *, name: str | None = None, **view_options: "Unpack[StreamViewOptions]") -> "View":
    """Show anything that has pixels: a figure by `figure`, a stream by `Stream.view`, and a picture by `frame`.

    Args:
        thing: what to show; see `figure` and `Stream.publish`.
        name: distinguishes several views of one cell.
        view_options: see `frame`.

    Raises:
        FrameError: it cannot be shown; the message says what can.
        NameTaken: the cell already has a view with that name.
        OptionError: an option is unknown or has an invalid value.
    """
    if isinstance(thing, Stream):
        return thing.view(name=name, **view_options)
    if _figure_of(thing) is not None:
        return figure(thing, name=name, **view_options)
    return frame(thing, name=name, **view_options)


def _figure_of(thing: Any) -> Any:
    """Return the matplotlib figure that `thing` is or belongs to, or `None`; does not import matplotlib."""
    module = sys.modules.get("matplotlib.figure")
    if module is None:
        return None
    try:
        owner = getattr(thing, "figure", None)
    except Exception:  # it is no figure's; who shows it as a picture tells what it raised
        owner = None
    for each in (thing, owner):
        if isinstance(each, module.FigureBase):
            return each.get_figure(root=True)
    return None


def _hint(thing: Any) -> str:
    """Return what to do with something that is no figure."""
    if getattr(thing, "__name__", "") == "matplotlib.pyplot":
        return "plt.gcf() is its current figure"
    if thing is None:
        return "does the function return the figure?"
    if isinstance(thing, (list, tuple)):
        return "show one figure at a time"
    return "rfb.show shows pictures too; figures need an extra: pip install 'marimo-rfb[matplotlib]'"
