"""Translation of a view's events to those of VTK's interactors."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from marimo_rfb.events import InputEvent
from marimo_rfb.figures.screens.double_clicks import DoubleClicks
from marimo_rfb.figures.vtk.canvas import SceneCanvas
from marimo_rfb.figures.vtk.keys import key_code, key_symbol

__all__ = ["EventTranslator"]

# By renderview's numbers.
_BUTTONS = {1: "Left", 2: "Right", 3: "Middle", 4: "Fourth", 5: "Fifth"}
_WITH_DOUBLE_CLICK = ("Left", "Right", "Middle")
# One notch of a mouse wheel, CSS pixels.
NOTCH = 100.0


class EventTranslator:
    """Sends the events of one view to the interactor of a scene.

    They are invoked, because an interactor calls its own methods for events only if a window of the screen enabled it.
    """

    def __init__(self, canvas: SceneCanvas) -> None:
        self._canvas = canvas
        self._interactor = canvas.scene.interactor
        self._clicks = DoubleClicks()
        self._x, self._y = 0.0, 0.0

    def process(self, event: InputEvent) -> None:
        """Invoke the interactor's events for `event`; events that VTK does not know are ignored."""
        fields = event.event
        if "x" in fields:
            # The picture may be one of fewer pixels.
            scale = self._canvas.pixel_ratio / fields.get("pixel_ratio", self._canvas.pixel_ratio)
            self._x, self._y = fields["x"] * scale, fields["y"] * scale
        if "buttons" in fields and event.type.startswith("pointer_"):
            self._canvas.pressed = bool(fields["buttons"])
        match event.type:
            case "pointer_down":
                self._press(fields)
            case "pointer_up":
                self._release(fields)
            case "pointer_move":
                self._invoke("MouseMoveEvent", fields)
            case "pointer_enter":
                self._invoke("EnterEvent", fields)
            case "pointer_leave":
                self._invoke("LeaveEvent", fields)
            case "wheel":
                self._turn(fields)
            case "key_down":
                self._key("KeyPressEvent", fields)
                self._key("CharEvent", fields)
            case "key_up":
                self._key("KeyReleaseEvent", fields)

    def _press(self, fields: dict[str, Any]) -> None:
        name = _BUTTONS.get(fields["button"])
        if name is None:
            return
        is_second = self._clicks.is_second(fields, self._x, self._y, pixel_ratio=self._canvas.pixel_ratio)
        if is_second and name in _WITH_DOUBLE_CLICK:
            # First, because a style that handles the press lets nobody else have the next event.
            self._invoke(f"{name}ButtonDoubleClickEvent", fields, repeats=1)
        self._invoke(f"{name}ButtonPressEvent", fields, repeats=int(is_second))

    def _release(self, fields: dict[str, Any]) -> None:
        name = _BUTTONS.get(fields["button"])
        if name is not None:
            self._invoke(f"{name}ButtonReleaseEvent", fields)

    def _turn(self, fields: dict[str, Any]) -> None:
        self._canvas.turned = True
        for distance, (backward, forward) in (
            (fields["dy"], ("MouseWheelForwardEvent", "MouseWheelBackwardEvent")),
            (fields["dx"], ("MouseWheelLeftEvent", "MouseWheelRightEvent")),
        ):
            if distance:
                with _smooth_wheel(self._interactor, abs(distance) / NOTCH):
                    self._invoke(forward if distance > 0 else backward, fields)

    def _invoke(self, name: str, fields: dict[str, Any], *, repeats: int = 0) -> None:
        modifiers = fields.get("modifiers", ())
        # VTK counts from the bottom.
        x, y = round(self._x), self._canvas.height - 1 - round(self._y)
        self._interactor.SetEventInformation(
            x, y, int("Control" in modifiers), int("Shift" in modifiers), "\0", repeats, None
        )
        self._interactor.SetAltKey(int("Alt" in modifiers))
        self._interactor.InvokeEvent(name)

    def _key(self, name: str, fields: dict[str, Any]) -> None:
        modifiers, key = fields["modifiers"], fields["key"]
        self._interactor.SetKeyEventInformation(
            int("Control" in modifiers), int("Shift" in modifiers), key_code(key), 0, key_symbol(key)
        )
        self._interactor.SetAltKey(int("Alt" in modifiers))
        self._interactor.InvokeEvent(name)


@contextmanager
def _smooth_wheel(interactor: Any, notches: float) -> Iterator[None]:
    """Let the interactor's style zoom by a part of a notch, or by several, for one event of the wheel."""
    style = interactor.GetInteractorStyle()
    if hasattr(style, "GetCurrentStyle"):  # `vtkInteractorStyleSwitch`
        style = style.GetCurrentStyle()
    if not hasattr(style, "SetMouseWheelMotionFactor"):
        yield
        return
    own_factor = style.GetMouseWheelMotionFactor()
    style.SetMouseWheelMotionFactor(own_factor * notches)
    try:
        yield
    finally:
        style.SetMouseWheelMotionFactor(own_factor)
