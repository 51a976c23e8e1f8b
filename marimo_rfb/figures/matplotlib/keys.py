"""Names of keys: matplotlib's for those of the DOM."""

from collections.abc import Iterable

__all__ = ["key_name", "modifier_names"]

_NAMES = {
    "ArrowLeft": "left",
    "ArrowRight": "right",
    "ArrowUp": "up",
    "ArrowDown": "down",
    "Control": "control",
    "Meta": "super",
    "OS": "super",
    "CapsLock": "caps_lock",
    "NumLock": "num_lock",
    "ScrollLock": "scroll_lock",
    "PageUp": "pageup",
    "PageDown": "pagedown",
    "Pause": "break",
}
_MODIFIERS = {"Control": "ctrl", "Alt": "alt", "Meta": "super", "Shift": "shift"}


def modifier_names(modifiers: Iterable[str]) -> tuple[str, ...]:
    """Return matplotlib's names of the pressed modifiers, in its order."""
    pressed = set(modifiers)
    return tuple(name for dom, name in _MODIFIERS.items() if dom in pressed)


def key_name(key: str, modifiers: Iterable[str]) -> str:
    """Return matplotlib's name of a key with its modifiers, such as `"ctrl+shift+left"`, for the DOM's `key`."""
    is_character = len(key) == 1
    name = key if is_character else _NAMES.get(key, key.lower())
    # Shift is part of a character, and a modifier does not modify itself.
    prefixes = [
        each
        for dom, each in _MODIFIERS.items()
        if dom in set(modifiers) and dom != key and not (each == "shift" and is_character)
    ]
    return "+".join([*prefixes, name])
