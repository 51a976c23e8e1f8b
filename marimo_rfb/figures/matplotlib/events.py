"""Translation of a view's events to matplotlib's."""

from typing import Any

from matplotlib.backend_bases import KeyEvent, LocationEvent, MouseButton, MouseEvent

from marimo_rfb.events import InputEvent
from marimo_rfb.figures.matplotlib._matplotlib import process_event
from marimo_rfb.figures.matplotlib.canvas import LiveCanvas
from marimo_rfb.figures.matplotlib.keys import key_name, modifier_names
from marimo_rfb.figures.screens.double_clicks import DoubleClicks

__all__ = ["EventTranslator"]

# By renderview's numbers.
_BUTTONS = {
    1: MouseButton.LEFT,
    2: MouseButton.RIGHT,
    3: MouseButton.MIDDLE,
    4: MouseButton.BACK,
    5: MouseButton.FORWARD,
}
# One notch of a mouse wheel, CSS pixels.
NOTCH = 100.0


class EventTranslator:
    """Sends the events of one view to a canvas."""

    def __init__(self, canvas: LiveCanvas) -> None:
        self._canvas = canvas
        self._place: tuple[float, float] | tuple[None, None] = (None, None)
        self._clicks = DoubleClicks()

    def process(self, event: InputEvent) -> None:
        """Call the canvas' callbacks for `event`; events that matplotlib does not know are ignored."""
        fields = event.event
        if "x" in fields:
            self._place = self._to_canvas(fields["x"], fields["y"])
        match event.type:
            case "pointer_down":
                self._press(fields)
            case "pointer_up":
                self._mouse("button_release_event", fields, button=_BUTTONS.get(fields["button"]))
            case "pointer_move":
                buttons = [_BUTTONS[each] for each in fields["buttons"] if each in _BUTTONS]
                self._mouse("motion_notify_event", fields, buttons=buttons)
            case "wheel" if fields["dy"]:
                self._mouse("scroll_event", fields, step=-fields["dy"] / NOTCH)
            case "pointer_enter":
                self._location("figure_enter_event", fields)
            case "pointer_leave" | "close":  # or the viewer itself leaves
                self._location("figure_leave_event", fields)
                if self._canvas.navigation is not None:
                    self._canvas.navigation.set_message("")
            case "key_down":
                self._key("key_press_event", fields)
            case "key_up":
                self._key("key_release_event", fields)

    def _to_canvas(self, x: float, y: float) -> tuple[float, float]:
        """Convert frame pixels to matplotlib's, which count from the bottom."""
        return x, self._canvas.figure.bbox.height - y

    def _press(self, fields: dict[str, Any]) -> None:
        button = _BUTTONS.get(fields["button"])
        if button is None:
            return
        is_double = self._clicks.is_second(fields, fields["x"], fields["y"], pixel_ratio=self._canvas.pixel_ratio)
        self._mouse("button_press_event", fields, button=button, dblclick=is_double)

    def _mouse(self, name: str, fields: dict[str, Any], **arguments: Any) -> None:
        x, y = self._place
        modifiers = modifier_names(fields["modifiers"])
        process_event(MouseEvent(name, self._canvas, x, y, modifiers=modifiers, **arguments))  # type: ignore[arg-type]

    def _location(self, name: str, fields: dict[str, Any]) -> None:
        modifiers = modifier_names(fields.get("modifiers", ()))
        process_event(LocationEvent(name, self._canvas, *self._place, modifiers=modifiers))

    def _key(self, name: str, fields: dict[str, Any]) -> None:
        key = key_name(fields["key"], fields["modifiers"])
        process_event(KeyEvent(name, self._canvas, key, *self._place))
