"""Types of the keyword arguments of `frame`, `animate`, `Stream.view` and `Stream.widget`, for type checkers.

At run time, `check_traits` and `StreamOptions` check the keywords.
"""

from collections.abc import Iterable, Sequence
from typing import Literal, TypedDict

from marimo_rfb.notebook.tool import Tool
from marimo_rfb.stream.options import PacedStreamOptions, StreamOptionsDict

__all__ = ["FrameOptions", "StreamViewOptions", "ToolName", "ViewOptions"]

# Type checkers do not accept a `Tool` as one of these literals, although it equals one.
ToolName = Literal[
    "play",
    "screenshot",
    "record",
    "fullscreen",
    "fit",
    "zoom_in",
    "zoom_out",
    "zoom_reset",
    "contrast",
    "inspect",
    "codec",
    "hud",
    "home",
    "back",
    "forward",
    "pan",
    "zoom_rect",
    "save",
]


class ViewOptions(TypedDict, total=False):
    """The public traits of `RfbViewer`; the help of the class documents them."""

    # Size and look.
    height: int
    width: int | Literal["full"]
    aspect: float | Literal["frame"]
    resizable: bool
    fit: Literal["contain", "cover", "fill"]
    alt: str
    show_status: bool
    show_toolbar: bool
    show_stats: bool
    toolbar: Sequence[Tool | ToolName]

    # Input.
    interactive: bool
    zoom_by: Literal["modifier", "gesture", "none"]
    linked: str
    pinch_as_wheel: bool
    text_input: bool
    clipboard: bool

    # Users can change these in the page too.
    paused: bool
    codec: str
    region: Iterable[float] | None
    zoom: float

    # Connection, without `stream`, because every function with these keywords has a stream.
    url: str
    base_path: str
    host: str
    port: int
    token: str
    main_thread_present: bool
    worker_url: str


class FrameOptions(ViewOptions, PacedStreamOptions, total=False):
    """Keyword arguments of `frame` besides its own parameters."""


class StreamViewOptions(ViewOptions, StreamOptionsDict, total=False):
    """Keyword arguments of `animate` and `Stream.view` besides their own parameters."""
