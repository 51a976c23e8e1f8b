import io

import matplotlib as mpl
import numpy as np
import pytest
from fake_screen import FakeScreen
from PIL import Image

from marimo_rfb.events import InputEvent, check_event
from marimo_rfb.figures.matplotlib.backend import FigureCanvas
from marimo_rfb.figures.matplotlib.events import EventTranslator
from marimo_rfb.figures.matplotlib.toolbar import TOOLS, NavigationToolbar
from marimo_rfb.notebook.tool import Tool
from marimo_rfb.wire.messages import RubberBand, StatusText, ToolStates


@pytest.fixture
def toolbar(canvas: FigureCanvas, screen: FakeScreen) -> NavigationToolbar:
    assert canvas.navigation is not None
    return canvas.navigation


def drag(canvas: FigureCanvas, start: tuple[float, float], end: tuple[float, float], *, released: bool = True) -> None:
    """Drag with the left button, from and to places in data."""
    translator = EventTranslator(canvas)
    steps = [("pointer_down", start, [1]), ("pointer_move", end, [1]), ("pointer_up", end, [])]
    with canvas.handling():
        places = [canvas.figure.axes[0].transData.transform(place) for _, place, _ in steps]
        for (kind, _, buttons), (x, y) in zip(steps[: 3 if released else 2], places, strict=False):
            fields = {"x": float(x), "y": float(canvas.figure.bbox.height - y), "button": 1, "buttons": buttons}
            translator.process(InputEvent("viewer-1", None, check_event({"type": kind, **fields}, now_s=0), 0))


def states(screen: FakeScreen) -> ToolStates:
    return [message for message in screen.messages if isinstance(message, ToolStates)][-1]


def test_each_tool_of_a_figure_is_a_tool_of_a_view() -> None:
    assert all(isinstance(tool, Tool) for tool in TOOLS)


def test_panning_moves_the_limits_and_home_brings_them_back(
    canvas: FigureCanvas, screen: FakeScreen, toolbar: NavigationToolbar
) -> None:
    axes = canvas.figure.axes[0]
    assert states(screen) == ToolStates(disabled=("back", "forward"))
    toolbar.press("pan")
    assert states(screen).pressed == ("pan",)
    drag(canvas, (5, 5), (7, 4))
    assert axes.get_xlim() == pytest.approx((-2, 8), abs=0.1)
    assert axes.get_ylim() == pytest.approx((1, 11), abs=0.1)
    assert states(screen).disabled == ("forward",)
    panned = axes.get_xlim()
    toolbar.press("back")
    assert axes.get_xlim() == (0, 10)
    assert states(screen).disabled == ("back",)
    toolbar.press("forward")
    assert axes.get_xlim() == panned
    toolbar.press("home")
    assert axes.get_xlim() == (0, 10)
    toolbar.press("pan")
    assert states(screen).pressed == ()


def test_a_drag_without_a_tool_moves_nothing(canvas: FigureCanvas, toolbar: NavigationToolbar) -> None:
    drag(canvas, (5, 5), (7, 4))
    assert canvas.figure.axes[0].get_xlim() == (0, 10)


def test_zooming_shows_the_dragged_rectangle_in_the_page(
    canvas: FigureCanvas, screen: FakeScreen, toolbar: NavigationToolbar
) -> None:
    canvas.resize(640, 480, 2.0)
    toolbar.press("zoom_rect")
    before = screen.pictures[-1]
    drag(canvas, (2, 3), (6, 8), released=False)
    band = [message for message in screen.messages if isinstance(message, RubberBand)][-1]
    assert band.rect is not None
    left, top, width, height = band.rect
    with canvas.handling():
        (x0, y0), (x1, y1) = canvas.figure.axes[0].transData.transform([(2, 3), (6, 8)])
    assert (left, top) == pytest.approx((x0, 480 - y1), abs=1)
    assert (width, height) == pytest.approx((x1 - x0, y1 - y0), abs=2)
    assert np.array_equal(screen.pictures[-1], before)  # it is not in the pixels
    drag(canvas, (2, 3), (6, 8))
    assert screen.messages.count(RubberBand()) == 1
    assert canvas.figure.axes[0].get_xlim() == pytest.approx((2, 6), abs=0.1)


def test_the_place_under_the_pointer_is_told(canvas: FigureCanvas, screen: FakeScreen) -> None:
    drag(canvas, (5, 5), (6, 8))
    texts = [message.text for message in screen.messages if isinstance(message, StatusText)]
    assert "6.0" in texts[-1]
    translator = EventTranslator(canvas)
    leave = check_event({"type": "pointer_leave", "x": -1, "y": 4}, now_s=0)
    translator.process(InputEvent("viewer-1", None, leave, 0))
    assert screen.messages[-1] == StatusText(text="")


def test_the_cursor_tells_what_a_drag_would_do(
    canvas: FigureCanvas, screen: FakeScreen, toolbar: NavigationToolbar
) -> None:
    translator = EventTranslator(canvas)
    move = check_event({"type": "pointer_move", "x": 160, "y": 120}, now_s=0)
    for tool, cursor in (("zoom_rect", "crosshair"), ("pan", "move"), ("pan", "")):
        toolbar.press(tool)
        translator.process(InputEvent("viewer-1", None, move, 0))
        assert screen.cursors[-1] == cursor


@pytest.mark.parametrize(("kind", "mime"), [("png", "image/png"), ("svg", "image/svg+xml"), ("pdf", "application/pdf")])
def test_the_saved_file_is_that_of_savefig(
    canvas: FigureCanvas, screen: FakeScreen, toolbar: NavigationToolbar, kind: str, mime: str
) -> None:
    canvas.resize(640, 480, 2.0)
    canvas.viewer = "viewer-7"
    with mpl.rc_context({"savefig.format": kind}), canvas.handling():
        toolbar.press("save")
    ((viewer, name, told, content),) = screen.files
    assert (viewer, name, told) == ("viewer-7", f"Figure_1.{kind}", mime)
    if kind == "png":
        picture = Image.open(io.BytesIO(content))
        assert picture.size == (320, 240)  # of the figure, not of the screen
        canvas.resize(320, 240, 1.0)
        assert np.array_equal(np.asarray(picture.convert("RGB")), screen.pictures[-1])


def test_keys_are_matplotlibs(canvas: FigureCanvas, toolbar: NavigationToolbar) -> None:
    translator = EventTranslator(canvas)

    def press(key: str) -> None:
        translator.process(InputEvent("viewer-1", None, check_event({"type": "key_down", "key": key}, now_s=0), 0))

    press("p")
    assert toolbar.mode == "pan/zoom"
    press("o")
    assert toolbar.mode == "zoom rect"
    press("o")
    assert toolbar.mode == ""


@pytest.mark.parametrize("tool", ["fullscreen", "configure_subplots", "", "__class__"])
def test_other_tools_do_nothing(toolbar: NavigationToolbar, screen: FakeScreen, tool: str) -> None:
    before = len(screen.messages)
    toolbar.press(tool)
    assert len(screen.messages) == before


def test_the_next_figure_has_the_same_mode(canvas: FigureCanvas, toolbar: NavigationToolbar) -> None:
    other = FigureCanvas.new_manager(mpl.figure.Figure(), 2).canvas.navigation
    for tool, mode in (("pan", "pan/zoom"), ("zoom_rect", "zoom rect")):
        toolbar.press(tool)
        other.adopt_mode(toolbar)
        assert other.mode == mode


def test_a_figure_without_a_toolbar_has_none() -> None:
    with mpl.rc_context({"toolbar": "None"}):
        assert FigureCanvas.new_manager(mpl.figure.Figure(), 1).canvas.navigation is None


def test_a_long_text_is_cut(toolbar: NavigationToolbar, screen: FakeScreen) -> None:
    toolbar.set_message("x" * 100_000)
    message = screen.messages[-1]
    assert isinstance(message, StatusText)
    assert message.text == "x" * 400 + " … (99,600 more characters)"
