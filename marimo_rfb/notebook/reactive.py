"""Live pictures as a marimo notebook writes them: `frame`, `animate`, `stream`.

What they return is found again when its cell runs again, so that a slider repaints a picture in place. marimo itself
is imported when the first of them is called.
"""

from collections.abc import Callable, Hashable, Mapping
from concurrent.futures import Executor
from typing import TYPE_CHECKING, Any, Unpack, overload

from marimo_rfb.errors import OptionError
from marimo_rfb.notebook.hosts.cell_context import CellContext, Scope
from marimo_rfb.notebook.hosts.session import Session
from marimo_rfb.notebook.hosts.stream_registry import StreamLease
from marimo_rfb.notebook.rendering.animation import AnimationOptions, WhenHidden
from marimo_rfb.notebook.rendering.render_function import RenderFunction
from marimo_rfb.notebook.versioned_settings import as_region
from marimo_rfb.notebook.view_options import FrameOptions, StreamViewOptions
from marimo_rfb.notebook.widget import RfbViewer, check_traits
from marimo_rfb.stream.feed import feed_of
from marimo_rfb.stream.options import StreamOptions, StreamOptionsDict
from marimo_rfb.stream.stream import Stream

if TYPE_CHECKING:
    from marimo_rfb.notebook.view import View

__all__ = ["animate", "frame", "stream", "view_of"]

AnimationFunction = Callable[..., Any]

# Before the first frame.
SIZE = (640, 480)
# An export takes what is there when its cells have run, so the first picture of an animation is waited for.
FIRST_PICTURE_TIMEOUT_S = 30.0


def frame(
    pixels: Any, *, name: str | None = None, max_fps: float | None = None, **view_options: "Unpack[FrameOptions]"
) -> "View":
    """Show `pixels` in the view of the running cell and return it: each time the cell runs, the same one.

    Args:
        pixels: what `Stream.publish` takes.
        name: tells apart several views of one cell; those without one are told apart by their order.
        max_fps: at most so many pictures a second are encoded and sent; `None` means no limit.
        view_options: traits of `RfbViewer` such as `height=300` or `alt="…"`, and options of the stream such as
            `quality=90`.

    Raises:
        FrameError: the picture cannot be shown; the message says what would do.
        NameTaken: the cell has a view of that name.
        OptionError: an option makes no sense.
    """
    if "fps" in view_options:
        raise OptionError("frame shows one picture and has no fps; max_fps says how many a second are sent at most")
    view = _claim_view(name, "frame", {**_described(name), **view_options, "max_fps": max_fps})
    view._show_frames()
    view.stream.publish(pixels)
    return view


@overload
def animate(
    function: AnimationFunction,
    /,
    fps: float = 30,
    *,
    name: str | None = None,
    when_hidden: WhenHidden = "pause",
    executor: Executor | None = None,
    scope: Scope = "session",
    **view_options: "Unpack[StreamViewOptions]",
) -> "View": ...


@overload
def animate(
    function: float | None = None,
    /,
    fps: float = 30,
    *,
    name: str | None = None,
    when_hidden: WhenHidden = "pause",
    executor: Executor | None = None,
    scope: Scope = "session",
    **view_options: "Unpack[StreamViewOptions]",
) -> "Callable[[AnimationFunction], View]": ...


def animate(
    function: AnimationFunction | float | None = None,
    /,
    fps: float = 30,
    *,
    name: str | None = None,
    when_hidden: WhenHidden = "pause",
    executor: Executor | None = None,
    scope: Scope = "session",
    **view_options: "Unpack[StreamViewOptions]",
) -> "View | Callable[[AnimationFunction], View]":
    """Turn a function of time into a live view: `@animate(fps=60)` above it, or `animate(function)`.

    The function is called on a thread of its own with `t`, seconds, or with `t` and a `Tick`; it may be a coroutine
    function, and returns what `Stream.publish` takes. When the cell runs again the function is exchanged and `t` goes
    on. It sees the globals it names as they were when it was given, so a cell above that runs again does not disturb
    it. What it raises is shown over the picture.

    Args:
        function: the function, or the rate.
        fps: calls a second; fewer when a call takes longer.
        name: tells apart several views of one cell; the function's own name unless given, and then by their order.
        when_hidden: `"pause"` calls nothing while nobody sees the picture and stops the time, `"run"` goes on.
        executor: renders frames in parallel, shown in order, when one thread is not enough.
        scope: `"app"` for one animation that all sessions of a `marimo run` share: the newest function counts.
        view_options: as `frame` takes them.

    Raises:
        NameTaken: the cell has a view of that name.
        OptionError: an argument makes no sense.
    """
    rate = fps if function is None or callable(function) else function

    def decorate(function: AnimationFunction) -> "View":
        render = RenderFunction(function)
        options = AnimationOptions(fps=rate, when_hidden=when_hidden, executor=executor)
        own_name = getattr(function, "__name__", "animation").strip("<>")
        traits = {**_described(name), **view_options}
        view = _claim_view(name, own_name, traits, scope=scope, goes_by_function=name is None)
        animation = view._show_animation(render, options)
        if not Session.current().has_page:
            animation.wait_for_picture(FIRST_PICTURE_TIMEOUT_S)
        return view

    return decorate(function) if callable(function) else decorate


def stream(
    name: str | None = None,
    width: int | None = None,
    height: int | None = None,
    *,
    scope: Scope = "session",
    **options: "Unpack[StreamOptionsDict]",
) -> Stream:
    """Return the stream of that name, made when there is none; `Stream.publish` to it from any thread, also in a loop.

    A cell that ends with the stream shows it; `Stream.view` does so anywhere. It lives as long as one of the cells
    that asked for it.

    Args:
        name: the same name is the same stream in all cells of the session; without one, it is the cell's own.
        width: of the picture in pixels, until a frame says otherwise.
        height: likewise.
        scope: `"session"` for one stream each visitor of a `marimo run`, `"app"` for one that all of them share.
        options: the fields of `StreamOptions`, such as `quality`; they change a stream that is there already.

    Raises:
        OptionError: an argument makes no sense.
    """
    StreamOptions().replaced(options)  # which refuses what makes no sense, before anything is made
    context = CellContext()
    key: Hashable = ("stream", name or context.key(scope) or object())
    size = SIZE[0] if width is None else width, SIZE[1] if height is None else height
    lease = context.claim(
        f"{scope} stream {name or ''}", lambda: context.streams(scope).lease(key, name or "stream", size), again=True
    )
    lease.stream.configure(**options)
    return lease.stream


def view_of(shown: Stream, *, name: str | None, **view_options: "Unpack[StreamViewOptions]") -> "View":
    """Return the view of a stream in the running cell; see `Stream.view`."""
    traits, of_stream = _split({**_described(name or shown.name.partition("~")[0]), **view_options})
    stream_options = shown.options.replaced(of_stream)
    context = CellContext()

    def make() -> "View":
        return context.make_view(_view_class(), StreamLease.of(shown), traits)

    view = context.claim(f"view {name or ''} of {shown.name}", make, again=True)
    feed_of(shown).options = stream_options
    context.show(view, traits)
    return view


def _claim_view(
    given_name: str | None,
    own_name: str,
    options: Mapping[str, Any],
    *,
    scope: Scope = "session",
    goes_by_function: bool = False,
) -> "View":
    """Return the view of that name in the running cell, on a stream of its own.

    One that was given no name goes by `own_name`, and by its order among those that do.
    """
    traits, of_stream = _split(options)
    stream_options = StreamOptions().replaced(of_stream)
    context = CellContext()
    name = given_name or context.free_name(own_name)
    streams = context.streams(scope)
    # A session finds its view by its claim, and so the stream; other sessions find it by where it is in the app.
    key: Hashable = object() if scope == "session" or context.cell is None else ("view", name, context.key(scope))

    def make() -> "View":
        lease = streams.lease(key, name, SIZE)
        return context.make_view(_view_class(), lease, traits, goes_by_function=goes_by_function)

    if goes_by_function:
        context.follow_function(name)
    view = context.claim(name, make)
    feed_of(view.stream).options = stream_options
    context.show(view, traits)
    return view


def _split(options: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what of `options` is for the widget, and what for the stream.

    Raises:
        OptionError: there is no such option, or a region is none.
    """
    of_stream = {name: value for name, value in options.items() if name in StreamOptions.names()}
    traits = {name: value for name, value in options.items() if name not in of_stream}
    check_traits(RfbViewer, traits)
    if traits.get("region") is not None:
        traits["region"] = as_region(traits["region"])  # one that is an array could not be compared with the last one
    return traits, of_stream


def _view_class() -> "type[View]":
    # Late, because it is marimo's: a server or a script may never need it.
    from marimo_rfb.notebook.view import View

    return View


def _described(name: str | None) -> dict[str, str]:
    return {"alt": f"Live picture: {name}" if name else "Live picture"}
