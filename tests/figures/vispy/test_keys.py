import pytest

from marimo_rfb.figures.vispy.keys import key_names, text_of


@pytest.mark.parametrize(
    ("key", "names", "text"),
    [
        ("a", ("A",), "a"),
        ("A", ("A",), "A"),
        ("ä", ("Ä",), "ä"),
        ("3", ("3",), "3"),
        (" ", ("Space", " "), " "),
        ("Enter", ("Enter", "Return", "\n"), ""),
        ("ArrowLeft", ("Left",), ""),
        ("PageUp", ("PageUp",), ""),
        ("F11", ("F11",), ""),
        ("Shift", ("Shift",), ""),
        ("OS", ("Meta",), ""),
    ],
)
def test_keys_have_the_names_that_vispy_gives_them(key: str, names: tuple[str, ...], text: str) -> None:
    assert key_names(key) == names
    assert text_of(key) == text
