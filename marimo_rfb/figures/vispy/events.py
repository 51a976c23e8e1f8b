"""Translation of a view's events to vispy's."""

from typing import Any, Protocol

from vispy.util import keys

from marimo_rfb.events import InputEvent
from marimo_rfb.figures.vispy.keys import key_names, text_of

__all__ = ["EventTranslator"]

# One notch of a mouse wheel, CSS pixels.
NOTCH = 100.0
_MODIFIERS = {"Shift": keys.SHIFT, "Control": keys.CONTROL, "Alt": keys.ALT, "Meta": keys.META}


class Receiver(Protocol):
    """What takes the events of a canvas; the methods emit them as vispy's."""

    @property
    def pixel_ratio(self) -> float: ...

    def emit_mouse(self, kind: str, **fields: Any) -> None: ...

    def emit_key(self, kind: str, **fields: Any) -> None: ...


class EventTranslator:
    """Sends the events of one view to a canvas."""

    def __init__(self, canvas: Receiver) -> None:
        self._canvas = canvas

    def process(self, event: InputEvent) -> None:
        """Call the canvas' callbacks for `event`; events that vispy does not know are ignored."""
        fields = event.event
        match event.type:
            case "pointer_down":
                self._mouse("press", fields, button=fields["button"])
            case "pointer_up":
                self._mouse("release", fields, button=fields["button"])
            case "pointer_move":
                self._mouse("move", fields)
            case "double_click":
                self._mouse("double_click", fields, button=fields["button"])
            case "wheel":
                self._mouse("wheel", fields, delta=(fields["dx"] / NOTCH, -fields["dy"] / NOTCH))
            case "key_down" | "key_up" if fields["key"] != "Escape":
                # That one leaves the picture, and closes a canvas with the keys "interactive".
                self._canvas.emit_key(
                    "press" if event.type == "key_down" else "release",
                    key=keys.Key(*key_names(fields["key"])),
                    text=text_of(fields["key"]),
                    modifiers=_modifiers(fields),
                    native=fields,
                )

    def _mouse(self, kind: str, fields: dict[str, Any], **arguments: Any) -> None:
        ratio = self._canvas.pixel_ratio
        self._canvas.emit_mouse(
            kind,
            pos=(fields["x"] / ratio, fields["y"] / ratio),
            buttons=list(fields["buttons"]),
            modifiers=_modifiers(fields),
            native=fields,
            **arguments,
        )


def _modifiers(fields: dict[str, Any]) -> tuple[keys.Key, ...]:
    return tuple(_MODIFIERS[name] for name in fields["modifiers"] if name in _MODIFIERS)
