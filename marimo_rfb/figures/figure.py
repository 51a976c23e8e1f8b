"""The functions `figure` and `show`."""

from types import ModuleType
from typing import TYPE_CHECKING, Any, Unpack

from marimo_rfb.errors import OptionError
from marimo_rfb.figures.kinds.kind import Kind
from marimo_rfb.figures.kinds.matplotlib import MATPLOTLIB
from marimo_rfb.figures.kinds.rendercanvas import RENDERCANVAS
from marimo_rfb.figures.kinds.vispy import VISPY
from marimo_rfb.figures.kinds.vtk import VTK
from marimo_rfb.notebook.reactive import frame
from marimo_rfb.notebook.view_options import StreamViewOptions
from marimo_rfb.stream.stream import Stream

if TYPE_CHECKING:
    from marimo_rfb.notebook.view import View

__all__ = ["figure", "show"]

_KINDS = (
    MATPLOTLIB,
    RENDERCANVAS,
    VISPY,
    VTK,
)


def figure(
    drawing: Any,
    *,
    name: str | None = None,
    keep_limits: bool = False,
    keep_camera: bool = False,
    **view_options: "Unpack[StreamViewOptions]",
) -> "View":
    """Show a figure, live and interactive, in a view of the running cell; a re-run of the cell gets the same view.

    Pan, zoom, pick, keys, widgets and animations of the figure work as in a window, and its callbacks run on the
    kernel's thread, between cell runs. Changes show by themselves, or as its library asks for a draw. It is drawn only
    while somebody looks, in the device pixels of the view, and follows the size of the view.

    Args:
        drawing: a matplotlib figure, or axes of one; a canvas of rendercanvas, or what draws on one, such as renderers
            of pygfx and figures of fastplotlib; a canvas of vispy; a plotter of PyVista, or a render window of VTK.
            Each may have several views.
        name: distinguishes several views of one cell; views without a name are distinguished by their order.
        keep_limits: whether a re-run of the cell, with a new figure, keeps the limits of the axes that users chose.
        keep_camera: whether a re-run of the cell, with a new scene, keeps the cameras as users moved them.
        view_options: see `frame`. The default `width` and `height` are those of the figure, and the `toolbar` of a
            matplotlib figure has matplotlib's tools.

    Raises:
        NameTaken: the cell already has a view with that name.
        OptionError: an option is unknown or has an invalid value, or `drawing` is no figure.
    """
    kind, found = _find(drawing)
    if kind is None:
        raise OptionError(f"figure takes {_one_of()}, got {type(drawing).__name__}; {_hint(drawing)}")
    keeps = {option for option, keep in {"keep_limits": keep_limits, "keep_camera": keep_camera}.items() if keep}
    for option in keeps - kind.keeps:
        raise OptionError(f"{option} is for {', '.join(each.takes for each in _KINDS if option in each.keeps)}")
    return kind.show(found, name=name, view_options=view_options, **dict.fromkeys(keeps, True))


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
    if _find(thing)[0] is not None:
        return figure(thing, name=name, **view_options)
    return frame(thing, name=name, **view_options)


def _find(thing: Any) -> tuple[Kind | None, Any]:
    """Return the kind of `thing` and what its library shows of it."""
    for kind in _KINDS:
        found = kind.find(thing)
        if found is not None:
            return kind, found
    return None, None


def _one_of() -> str:
    *others, last = (kind.takes for kind in _KINDS)
    return f"{', '.join(others)}, or {last}" if others else last


def _hint(thing: Any) -> str:
    """Return what to do with something that is no figure."""
    for kind in _KINDS:
        if hint := kind.hint(thing):
            return hint
    if isinstance(thing, type):
        return f"make one of the class {thing.__name__}, and pass that"
    if isinstance(thing, ModuleType):
        return f"{thing.__name__} is a module; pass what it draws"
    if thing is None:
        return "does the function return the figure?"
    if isinstance(thing, (list, tuple)):
        return "show one figure at a time"
    extras = ",".join(kind.extra for kind in _KINDS)
    return f"rfb.show shows pictures too; figures need an extra: pip install 'marimo-rfb[{extras}]'"
