import pytest

from marimo_rfb.figures.matplotlib.keys import key_name, modifier_names


@pytest.mark.parametrize(
    ("key", "modifiers", "name"),
    [
        ("a", [], "a"),
        ("A", ["Shift"], "A"),
        ("ü", [], "ü"),
        (" ", [], " "),
        ("+", ["Shift"], "+"),
        ("s", ["Control"], "ctrl+s"),
        ("S", ["Control", "Shift"], "ctrl+S"),
        ("x", ["Shift", "Alt", "Control"], "ctrl+alt+x"),
        ("ArrowLeft", [], "left"),
        ("ArrowUp", ["Shift", "Control"], "ctrl+shift+up"),
        ("Control", ["Control"], "control"),
        ("Shift", ["Shift", "Control"], "ctrl+shift"),
        ("Meta", ["Meta"], "super"),
        ("c", ["Meta"], "super+c"),
        ("Enter", [], "enter"),
        ("Escape", [], "escape"),
        ("Backspace", [], "backspace"),
        ("Delete", [], "delete"),
        ("PageDown", [], "pagedown"),
        ("F5", [], "f5"),
    ],
)
def test_keys_have_matplotlibs_names(key: str, modifiers: list[str], name: str) -> None:
    assert key_name(key, modifiers) == name


def test_modifiers_have_matplotlibs_names_and_order() -> None:
    assert modifier_names(["Shift", "Meta", "Control", "Alt"]) == ("ctrl", "alt", "super", "shift")
    assert modifier_names([]) == ()
