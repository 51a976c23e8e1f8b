from typing import Any

import matplotlib
import numpy as np
import pytest
from matplotlib.colors import ListedColormap

from marimo_rfb.errors import OptionError
from marimo_rfb.tone.colormap import BUILT_IN, GRAY, as_colormap, built_in


def colors_of(name: Any) -> Any:
    colormap = as_colormap(name)
    return colormap.table[: colormap.size].view(np.uint8).reshape(-1, 4)


@pytest.mark.parametrize("name", [*BUILT_IN, *(f"{name}_r" for name in BUILT_IN if not name.endswith("_r"))])
def test_one_that_is_built_in_has_matplotlib_s_colors(name: str) -> None:
    theirs = matplotlib.colormaps[name]
    colormap = built_in(name)
    assert colormap is not None
    assert (colormap.name, colormap.size) == (name, theirs.N)
    np.testing.assert_array_equal(colors_of(name), theirs(np.arange(theirs.N), bytes=True))
    assert colormap.is_opaque
    assert colormap.has_plain_ends
    assert colormap == as_colormap(theirs)


def test_another_name_is_one_of_matplotlib() -> None:
    assert built_in("hot") is None
    np.testing.assert_array_equal(colors_of("hot"), matplotlib.colormaps["hot"](np.arange(256), bytes=True))


def test_an_object_is_copied_with_the_colors_of_its_ends_and_of_no_number() -> None:
    theirs = ListedColormap(["red", "lime"], name="mine").with_extremes(under="blue", over="white", bad=(0, 0, 0, 0.5))
    colormap = as_colormap(theirs)
    assert (colormap.name, colormap.size, colormap.has_plain_ends) == ("mine", 2, False)
    assert colormap.table.view(np.uint8).reshape(-1, 4).tolist() == [
        *([255, 0, 0, 255], [0, 255, 0, 255], [0, 255, 0, 255]),
        *([0, 0, 255, 255], [255, 255, 255, 255], [0, 0, 0, 127]),
    ]
    assert as_colormap(theirs) == colormap != as_colormap(theirs.with_extremes(bad="red"))


def test_without_a_name_it_is_gray() -> None:
    assert GRAY is built_in("gray")


@pytest.mark.parametrize(
    ("cmap", "message"),
    [
        (
            "virdis",
            r"there is no colormap 'virdis'; did you mean viridis.*\? Built in are .*, and matplotlib has more$",
        ),
        ("?" * 400, r"there is no colormap '\?{60}'; built in are viridis,"),
        ("", "there is no colormap ''; built in are"),
        (5, 'cmap is a name such as "viridis" or a Colormap of matplotlib, got int'),
    ],
)
def test_what_is_none_is_refused_with_what_there_is(cmap: Any, message: str) -> None:
    with pytest.raises(OptionError, match=message):
        as_colormap(cmap)


def test_without_matplotlib_the_error_says_how_to_get_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "matplotlib", None)
    with pytest.raises(
        OptionError, match=r"no colormap 'hot'; there are viridis, .* \(pip install 'marimo-rfb\[matplotlib\]'\)"
    ):
        as_colormap("hot")
    with pytest.raises(
        OptionError, match=r"no colormap 'virdis'; did you mean viridis or cividis\? There are viridis,"
    ):
        as_colormap("virdis")
    assert as_colormap("viridis_r").name == "viridis_r"


def test_an_object_that_gives_no_colors_is_refused() -> None:
    class Odd:
        N, name = 4, "odd"

        def __call__(self, values: Any, bytes: bool) -> Any:
            raise ValueError("no")

    with pytest.raises(OptionError, match="cmap: Odd 'odd' gives no colors: no"):
        as_colormap(Odd())
