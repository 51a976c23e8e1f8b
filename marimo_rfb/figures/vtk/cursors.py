"""Cursors: CSS keywords for VTK's numbers."""

__all__ = ["css_cursor"]

# By VTK's constants `VTK_CURSOR_…`, which no module of its Python package has.
_CURSORS = {
    2: "nesw-resize",
    3: "nwse-resize",
    4: "nesw-resize",
    5: "nwse-resize",
    6: "ns-resize",
    7: "ew-resize",
    8: "move",
    9: "pointer",
    10: "crosshair",
}


def css_cursor(number: int) -> str:
    """Return the CSS cursor for VTK's; the usual one, an empty text, for those that CSS cannot show."""
    return _CURSORS.get(number, "")
