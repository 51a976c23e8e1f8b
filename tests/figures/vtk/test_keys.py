import pytest

from marimo_rfb.figures.vtk.keys import key_code, key_symbol


@pytest.mark.parametrize(
    ("key", "symbol", "code"),
    [
        ("r", "r", "r"),
        ("R", "R", "R"),
        ("3", "3", "3"),
        ("+", "plus", "+"),
        (" ", "space", " "),
        ("Enter", "Return", "\r"),
        ("ArrowLeft", "Left", "\0"),
        ("PageUp", "Prior", "\0"),
        ("Shift", "Shift_L", "\0"),
        ("F1", "F1", "\0"),
        ("Escape", "Escape", "\x1b"),
        ("é", "é", "é"),
        ("π", "π", "\0"),
    ],
)
def test_a_key_has_the_symbol_and_the_character_that_vtk_knows(key: str, symbol: str, code: str) -> None:
    assert (key_symbol(key), key_code(key)) == (symbol, code)
