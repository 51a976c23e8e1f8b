"""What a viewer holds down."""

from typing import Any

__all__ = ["MAX_KEYS_HELD", "PressedState"]

MAX_KEYS_HELD = 32


class PressedState:
    """The pointer button and the keys a viewer holds, so that a lost one leaves nothing stuck."""

    def __init__(self) -> None:
        self._pointer: dict[str, Any] | None = None
        self._keys: dict[str, dict[str, Any]] = {}

    def update(self, event: dict[str, Any]) -> None:
        """Take in an event as `check_event` returns it."""
        match event["type"]:
            case "pointer_down" | "pointer_move" | "pointer_up":
                self._pointer = event if event["buttons"] else None
            case "key_down" if len(self._keys) < MAX_KEYS_HELD:
                self._keys[event["key"]] = event
            case "key_up":
                self._keys.pop(event["key"], None)

    def release(self, now_s: float) -> list[dict[str, Any]]:
        """Let go of everything and return the events that say so."""
        ups = [{**event, "type": "key_up", "timestamp": now_s} for event in self._keys.values()]
        if self._pointer is not None:
            released = {"type": "pointer_up", "button": self._pointer["buttons"][0], "buttons": (), "timestamp": now_s}
            ups.append({**self._pointer, **released})
        self._pointer, self._keys = None, {}
        return ups
