"""What `frame`, `animate`, `Stream.view` and `Stream.widget` take as keywords, for type checkers and completion.

At run time `check_traits` and `StreamOptions` say what is taken.
"""

from collections.abc import Iterable, Sequence
from typing import Literal, TypedDict

from marimo_rfb.notebook.tool import Tool
from marimo_rfb.stream.options import PacedStreamOptions, StreamOptionsDict

__all__ = ["FrameOptions", "StreamViewOptions", "ToolName", "ViewOptions"]

# A `Tool` is none of these to a type checker, although it is a string that equals one.
ToolName = Literal[
    "play",
    "screenshot",
    "record",
    "fullscreen",
    "fit",
    "zoom_in",
    "zoom_out",
    "zoom_reset",
    "inspect",
    "codec",
    "hud",
]


class ViewOptions(TypedDict, total=False):
    """The traits of `RfbViewer` that a person sets; its help says what each of them does."""

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

    # Set by people too.
    paused: bool
    codec: str
    region: Iterable[float] | None
    zoom: float

    # Connection. Not `stream`, because all who take these have one already.
    url: str
    base_path: str
    host: str
    port: int
    token: str
    main_thread_present: bool
    worker_url: str


class FrameOptions(ViewOptions, PacedStreamOptions, total=False):
    """What `frame` takes besides its parameters."""


class StreamViewOptions(ViewOptions, StreamOptionsDict, total=False):
    """What `animate` and `Stream.view` take besides their parameters."""
