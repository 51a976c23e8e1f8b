"""Names of keys: vispy's for those of the DOM."""

__all__ = ["key_names", "text_of"]

_NAMES = {
    "ArrowLeft": ("Left",),
    "ArrowRight": ("Right",),
    "ArrowUp": ("Up",),
    "ArrowDown": ("Down",),
    " ": ("Space", " "),
    "Enter": ("Enter", "Return", "\n"),
    "Tab": ("Tab", "\t"),
    "OS": ("Meta",),
}


def key_names(key: str) -> tuple[str, ...]:
    """Return vispy's names of a key, for the DOM's `key`; characters are upper case, with and without Shift."""
    return _NAMES.get(key, (key.upper() if len(key) == 1 else key,))


def text_of(key: str) -> str:
    """Return what a key types, such as `"a"`; nothing for keys like F1."""
    return key if len(key) == 1 else ""
