"""Tracks the keys and buttons that a viewer holds down."""

from typing import Any

__all__ = ["MAX_KEYS_HELD", "PressedState"]

MAX_KEYS_HELD = 32


class PressedState:
    """The pointer buttons and keys that a viewer holds down, so that none stays stuck when the viewer disconnects."""

    def __init__(self) -> None:
        self._pointer: dict[str, Any] | None = None
        self._keys: dict[str, dict[str, Any]] = {}

    def update(self, event: dict[str, Any]) -> None:
        """Update the state by an event, as `check_event` returns it."""
        match event["type"]:
            case "pointer_down" | "pointer_move" | "pointer_up":
                self._pointer = event if event["buttons"] else None
            case "key_down" if len(self._keys) < MAX_KEYS_HELD:
                self._keys[event["key"]] = event
            case "key_up":
                self._keys.pop(event["key"], None)

    def release(self, now_s: float) -> list[dict[str, Any]]:
        """Release everything; return the `key_up` and `pointer_up` events for it."""
        ups = [{**event, "type": "key_up", "timestamp": now_s} for event in self._keys.values()]
        if self._pointer is not None:
            released = {"type": "pointer_up", "button": self._pointer["buttons"][0], "buttons": (), "timestamp": now_s}
            ups.append({**self._pointer, **released})
        self._pointer, self._keys = None, {}
        return ups
