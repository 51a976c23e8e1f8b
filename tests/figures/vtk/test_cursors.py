import pytest

from marimo_rfb.figures.vtk.cursors import css_cursor
from marimo_rfb.stream.cursor import as_cursor


@pytest.mark.parametrize(("number", "css"), [(0, ""), (1, ""), (6, "ns-resize"), (9, "pointer"), (11, ""), (99, "")])
def test_cursors_are_those_of_css(number: int, css: str) -> None:
    assert as_cursor(css_cursor(number)) == css
