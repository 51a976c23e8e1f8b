import sys
from types import SimpleNamespace
from typing import Any

import pytest
from matplotlib.colors import ListedColormap

from marimo_rfb.stream.options import StreamOptions
from marimo_rfb.stream.tone_choice import ToneChoice
from marimo_rfb.wire.messages import SetContrast


class Cell:
    """A cell that gives options to a stream, and a user who changes them."""

    def __init__(self) -> None:
        self.choice = ToneChoice()
        self.options = StreamOptions()

    def run(self, caller: str = "frame", **given: Any) -> StreamOptions:
        options = StreamOptions().replaced(given)
        self.options = self.choice.after_call(caller, given, options=options, current=self.options)
        return self.options

    def choose(self, **wanted: Any) -> bool:
        chosen = self.choice.after_choice(SetContrast(**wanted), current=self.options)
        self.options = chosen or self.options
        return chosen is not None


def test_what_a_user_chose_stays_while_the_arguments_are_the_same() -> None:
    cell = Cell()
    cell.run(vmin=0, vmax=9, quality=70)
    assert cell.choose(vmin=2.0, vmax=3.0, gamma=2.0, cmap="magma")
    again = cell.run(vmin=0, vmax=9, quality=60)
    assert (again.vmin, again.vmax, again.gamma, again.cmap, again.quality) == (2, 3, 2, "magma", 60)


def test_other_arguments_win_and_stay_when_they_are_given_again() -> None:
    cell = Cell()
    cell.run(cmap="viridis")
    cell.choose(vmax=3.0, cmap="magma")
    for _ in range(2):
        assert cell.run(cmap="turbo") == StreamOptions(cmap="turbo")
    cell.choose(cmap="magma")
    assert cell.run() == StreamOptions()


def test_what_is_configured_since_is_no_choice_of_a_user() -> None:
    cell = Cell()
    cell.run(vmin=0)
    cell.choose(vmin=5.0)
    cell.options = cell.options.replaced({"vmin": 7})
    assert cell.run(vmin=0) == StreamOptions(vmin=0)


def test_each_call_has_arguments_of_its_own() -> None:
    cell = Cell()
    cell.run("stream", vmin=0)
    cell.run("view", vmin=0, cmap="gray")
    cell.choose(vmin=5.0)
    assert cell.run("view", vmin=0, cmap="gray").vmin == 5
    assert cell.run("stream", vmin=0).vmin == 5


def test_the_order_of_channels_is_not_for_users_to_choose() -> None:
    cell = Cell()
    cell.run(order="bgr")
    cell.choose(vmin=5.0)
    assert cell.options.order == "bgr"


@pytest.mark.parametrize(
    "wanted",
    [
        {"vmin": 3.0, "vmax": 3.0},
        {"vmin": 4.0, "vmax": 3.0},
        {"vmin": float("nan")},
        {"vmax": float("inf")},
        {"gamma": 0.0},
        {"gamma": -1.0},
        {"cmap": "nothing"},
        {"cmap": "x" * 60_000},
    ],
)
def test_what_is_no_valid_choice_is_ignored(wanted: Any) -> None:
    cell = Cell()
    cell.run(vmin=0, vmax=9)
    assert not cell.choose(**wanted)
    assert cell.run(vmin=0, vmax=9) == StreamOptions(vmin=0, vmax=9)


def test_nothing_is_imported_for_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "matplotlib")
    assert not Cell().choose(cmap="hot")
    assert "matplotlib" not in sys.modules


def test_a_name_of_a_matplotlib_that_is_there_is_one() -> None:
    cell = Cell()
    assert cell.choose(cmap="hot")
    assert cell.options.tone.colormap is not None
    assert cell.options.tone.colormap.name == "hot"


def test_the_name_of_the_object_in_use_keeps_it(monkeypatch: pytest.MonkeyPatch) -> None:
    mine = ListedColormap(["red", "lime"], name="mine")
    cell = Cell()
    cell.run(cmap=mine)
    monkeypatch.setitem(sys.modules, "matplotlib", SimpleNamespace())
    assert cell.choose(vmin=3.0, cmap="mine")
    assert (cell.options.cmap, cell.options.vmin) == (mine, 3)
    assert cell.choose(vmin=3.0, cmap="")
    assert cell.options.cmap is None
