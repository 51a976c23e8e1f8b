"""The functions of marimo notebooks: `frame`, `animate` and `stream`.

A re-run of a cell gets the same views and streams, so that a slider repaints a picture in place. The first view
imports marimo.
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

__all__ = ["animate", "claim_view", "frame", "stream", "view_of"]

AnimationFunction = Callable[..., Any]

# Before the first frame.
SIZE = (640, 480)
# An export captures the outputs as soon as its cells have run, so an animation waits for its first picture.
FIRST_PICTURE_TIMEOUT_S = 30.0


def frame(
    pixels: Any, *, name: str | None = None, max_fps: float | None = None, **view_options: "Unpack[FrameOptions]"
) -> "View":
    """Show a picture in a view of the running cell and return the view; a re-run of the cell gets the same view.

    Args:
        pixels: the picture: an array, a tensor, an image, a figure; see `Stream.publish`.
        name: distinguishes several views of one cell; views without a name are distinguished by their order.
        max_fps: frame rate limit for encoding and sending, frames per second, above 0 and at most 1000; `None` for no
            limit.
        view_options: traits of `RfbViewer` such as `height=300` or `alt="…"`, and fields of `StreamOptions` such as
            `quality=90` or, for numbers, `vmin=0, vmax=4095, cmap="viridis"`. A re-run with the same `vmin`, `vmax`,
            `cmap` and `gamma` keeps what a user of the page has chosen since.

    Raises:
        FrameError: the picture cannot be shown; the message suggests a fix.
        NameTaken: the cell already has a view with that name.
        OptionError: an option is unknown or has an invalid value.
    """
    if "fps" in view_options:
        raise OptionError("frame shows one picture and has no fps; max_fps limits the frames sent per second")
    view = claim_view(name, "frame", {**_described(name), **view_options, "max_fps": max_fps})
    view._show_content(None)
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
    """Turn a function of time into a live view, as a decorator, `@animate(fps=60)`, or by a call, `animate(function)`.

    The function runs on a thread of its own. It is called with `t`, the animation time in seconds, or with `t` and a
    `Tick`, and returns a picture; see `Stream.publish`. It may be a coroutine function. A re-run of the cell replaces
    the function, and `t` continues. The function uses a snapshot of its globals, taken by this call, so a re-run of
    another cell does not affect it. Its exceptions are shown over the picture.

    Args:
        function: the function, or the rate.
        fps: calls per second, above 0 and at most 1000; a slow function lowers the rate.
        name: distinguishes several views of one cell. Default: the name of the function; views with the same function
            name are distinguished by their order.
        when_hidden: `"pause"` stops calls and time while no viewer sees the picture; `"run"` continues.
        executor: renders frames in parallel, which are shown in order; for functions that need more than one thread.
        scope: `"session"` for one animation per session; `"app"` for one that all sessions of a `marimo run` share,
            which uses the newest function.
        view_options: see `frame`.

    Raises:
        NameTaken: the cell already has a view with that name.
        OptionError: an argument is invalid.
    """
    rate = fps if function is None or callable(function) else function

    def decorate(function: AnimationFunction) -> "View":
        render = RenderFunction(function)
        options = AnimationOptions(fps=rate, when_hidden=when_hidden, executor=executor)
        own_name = getattr(function, "__name__", "animation").strip("<>")
        traits = {**_described(name), **view_options}
        view = claim_view(name, own_name, traits, scope=scope, goes_by_function=name is None)
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
    """Return the stream with that name, created if needed.

    Publish to it with `Stream.publish` from any thread, also in a loop. A cell whose last expression is the stream
    shows it; elsewhere, use `Stream.view`. The stream is closed when the last cell that requested it is deleted, or
    re-runs without requesting it.

    Args:
        name: cells of a session that use the same name get the same stream. Default: a stream of the running cell.
        width: width of the picture in pixels until the first frame. Default: 640.
        height: height of the picture in pixels until the first frame. Default: 480.
        scope: `"session"` for one stream per session of a `marimo run`, `"app"` for one that all sessions share.
        options: the fields of `StreamOptions`, such as `quality`; they also apply to an existing stream.

    Raises:
        OptionError: an argument is invalid.
    """
    StreamOptions().replaced(options)  # raises for invalid options before anything is created
    context = CellContext()
    key: Hashable = ("stream", name or context.key(scope) or object())
    size = SIZE[0] if width is None else width, SIZE[1] if height is None else height
    lease = context.claim(
        f"{scope} stream {name or ''}", lambda: context.streams(scope).lease(key, name or "stream", size), again=True
    )
    feed = feed_of(lease.stream)
    feed.set_given_options("stream", options, feed.options.replaced(options))
    return lease.stream


def view_of(shown: Stream, *, name: str | None, **view_options: "Unpack[StreamViewOptions]") -> "View":
    """Return the view of `shown` in the running cell; see `Stream.view`."""
    traits, of_stream = _split({**_described(name or shown.name.partition("~")[0]), **view_options})
    stream_options = shown.options.replaced(of_stream)
    context = CellContext()

    def make() -> "View":
        return context.make_view(_view_class(), StreamLease.of(shown), traits)

    view = context.claim(f"view {name or ''} of {shown.name}", make, again=True)
    feed_of(shown).set_given_options(f"view {name or ''}", of_stream, stream_options)
    context.show(view, traits)
    return view


def claim_view(
    given_name: str | None,
    own_name: str,
    options: Mapping[str, Any],
    *,
    scope: Scope = "session",
    goes_by_function: bool = False,
) -> "View":
    """Return the view with that name in the running cell, with a stream of its own.

    Without `given_name`, the view is named `own_name` and distinguished by its order among views with that name.
    """
    traits, of_stream = _split(options)
    stream_options = StreamOptions().replaced(of_stream)
    context = CellContext()
    name = given_name or context.free_name(own_name)
    streams = context.streams(scope)
    # A session finds its view, and so the stream, in its cell registry; in an app, the sessions share a stream by the
    # view's position in the app.
    key: Hashable = object() if scope == "session" or context.cell is None else ("view", name, context.key(scope))

    def make() -> "View":
        lease = streams.lease(key, name, SIZE)
        return context.make_view(_view_class(), lease, traits, goes_by_function=goes_by_function)

    if goes_by_function:
        context.follow_function(name)
    view = context.claim(name, make)
    feed_of(view.stream).set_given_options("own view", of_stream, stream_options)
    context.show(view, traits)
    return view


def _split(options: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Split `options` into traits of the widget and options of the stream.

    Raises:
        OptionError: an option is unknown, or the region is invalid.
    """
    of_stream = {name: value for name, value in options.items() if name in StreamOptions.names()}
    traits = {name: value for name, value in options.items() if name not in of_stream}
    check_traits(RfbViewer, traits)
    if traits.get("region") is not None:
        traits["region"] = as_region(traits["region"])  # an array cannot be compared with the last region by ==
    return traits, of_stream


def _view_class() -> "type[View]":
    # Imported late, because it imports marimo, which a server or a script may not need.
    from marimo_rfb.notebook.view import View

    return View


def _described(name: str | None) -> dict[str, str]:
    return {"alt": f"Live picture: {name}" if name else "Live picture"}
