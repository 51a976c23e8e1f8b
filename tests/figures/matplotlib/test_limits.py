import matplotlib as mpl
import numpy as np
import pytest

from marimo_rfb.figures.matplotlib.backend import FigureCanvas
from marimo_rfb.figures.matplotlib.limits import ChosenLimits


def figure(*projections: str | None, limit: float = 10) -> mpl.figure.Figure:
    made = mpl.figure.Figure()
    FigureCanvas.new_manager(made, 1)
    for index, projection in enumerate(projections, 1):
        axes = made.add_subplot(1, len(projections), index, projection=projection)
        axes.set(xlim=(0, limit), ylim=(0, limit))
    return made


def test_the_next_figure_gets_what_a_user_chose_and_no_more() -> None:
    old, new = figure(None, None), figure(None, None, limit=20)
    limits = ChosenLimits(old)
    with limits.watching():
        old.axes[1].set_xlim(2, 3)
    next_limits = ChosenLimits(new)
    next_limits.adopt(limits)
    assert new.axes[0].get_xlim() == (0, 20)
    assert new.axes[1].get_xlim() == (2, 3)
    new.canvas.toolbar.home()
    assert new.axes[1].get_xlim() == (0, 20)


def test_they_are_kept_by_the_figure_after_the_next_too() -> None:
    limits = ChosenLimits(old := figure(None))
    with limits.watching():
        old.axes[0].set_xlim(2, 3)
    for _ in range(3):
        next_limits = ChosenLimits(old := figure(None))
        next_limits.adopt(limits)
        limits = next_limits
    assert old.axes[0].get_xlim() == (2, 3)


def test_what_code_sets_is_not_chosen() -> None:
    old, new = figure(None), figure(None, limit=20)
    limits = ChosenLimits(old)
    old.axes[0].set_xlim(2, 3)
    with limits.watching():
        pass
    ChosenLimits(new).adopt(limits)
    assert new.axes[0].get_xlim() == (0, 20)


def test_who_goes_home_has_chosen_nothing() -> None:
    old, new = figure(None), figure(None, limit=20)
    limits = ChosenLimits(old)
    for xlim in ((2, 3), (0, 10)):
        with limits.watching():
            old.axes[0].set_xlim(xlim)
    ChosenLimits(new).adopt(limits)
    assert new.axes[0].get_xlim() == (0, 20)


def test_the_angles_of_3d_axes_are_kept() -> None:
    old, new = figure("3d"), figure("3d")
    limits = ChosenLimits(old)
    with limits.watching():
        old.axes[0].view_init(elev=10, azim=20)
    ChosenLimits(new).adopt(limits)
    assert (new.axes[0].elev, new.axes[0].azim) == pytest.approx((10, 20))


@pytest.mark.parametrize("projections", [(), ("polar",), ("3d", None)])
def test_axes_of_another_kind_get_nothing(projections: tuple[str | None, ...]) -> None:
    old, new = figure(None), figure(*projections)
    limits = ChosenLimits(old)
    with limits.watching():
        old.axes[0].set_xlim(2, 3)
    before = [axes.get_xlim() for axes in new.axes]
    ChosenLimits(new).adopt(limits)
    assert np.array_equal([axes.get_xlim() for axes in new.axes], before)


@pytest.mark.parametrize("projections", [(), ("3d",)])
def test_what_was_chosen_counts_although_the_axes_are_gone(projections: tuple[str, ...]) -> None:
    old, new, other = figure(None), figure(None), figure("3d")
    limits = ChosenLimits(old)
    with limits.watching():
        old.axes[0].set_xlim(2, 3)
    old.clear()
    for projection in projections:
        old.add_subplot(projection=projection)
    ChosenLimits(new).adopt(limits)
    assert new.axes[0].get_xlim() == (2, 3)
    before = other.axes[0].get_xlim()
    ChosenLimits(other).adopt(limits)
    assert other.axes[0].get_xlim() == before
