"""Names of keys: VTK's key symbols, which are those of X11, for the DOM's."""

__all__ = ["key_code", "key_symbol"]

_NAMES = {
    "ArrowLeft": "Left",
    "ArrowRight": "Right",
    "ArrowUp": "Up",
    "ArrowDown": "Down",
    "Enter": "Return",
    "Backspace": "BackSpace",
    "PageUp": "Prior",
    "PageDown": "Next",
    "Control": "Control_L",
    "Shift": "Shift_L",
    "Alt": "Alt_L",
    "AltGraph": "ISO_Level3_Shift",
    "Meta": "Super_L",
    "OS": "Super_L",
    "CapsLock": "Caps_Lock",
    "NumLock": "Num_Lock",
    "ScrollLock": "Scroll_Lock",
    "ContextMenu": "Menu",
    " ": "space",
    "!": "exclam",
    '"': "quotedbl",
    "#": "numbersign",
    "$": "dollar",
    "%": "percent",
    "&": "ampersand",
    "'": "apostrophe",
    "(": "parenleft",
    ")": "parenright",
    "*": "asterisk",
    "+": "plus",
    ",": "comma",
    "-": "minus",
    ".": "period",
    "/": "slash",
    ":": "colon",
    ";": "semicolon",
    "<": "less",
    "=": "equal",
    ">": "greater",
    "?": "question",
    "@": "at",
    "[": "bracketleft",
    "\\": "backslash",
    "]": "bracketright",
    "^": "asciicircum",
    "_": "underscore",
    "`": "grave",
    "{": "braceleft",
    "|": "bar",
    "}": "braceright",
    "~": "asciitilde",
}
_CODES = {"Enter": "\r", "Tab": "\t", "Backspace": "\b", "Escape": "\x1b", "Delete": "\x7f"}


def key_symbol(key: str) -> str:
    """Return VTK's symbol of a key, such as `"Return"`, for the DOM's `key`."""
    return _NAMES.get(key, key)


def key_code(key: str) -> str:
    """Return the character of a key as VTK knows it, one of Latin-1; NUL for a key without one."""
    code = key if len(key) == 1 else _CODES.get(key, "\0")
    return code if ord(code) < 256 else "\0"
