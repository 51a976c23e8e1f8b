from collections.abc import Callable

from marimo_rfb.figures.vtk.detail import Detail, MovingDetail, details


def chosen(takes_s: Callable[[Detail], float], *, pictures: int = 8, multisamples: int = 8) -> list[Detail]:
    detail = MovingDetail(details(multisamples))
    shown = []
    for _ in range(pictures):
        shown.append(detail.current)
        detail.note(takes_s(detail.current))
    return shown


def test_a_fast_scene_moves_in_full() -> None:
    assert set(chosen(lambda _: 0.02)) == {Detail()}


def test_samples_go_first_and_pixels_then() -> None:
    def takes_s(detail: Detail) -> float:
        return (0.4 if detail.multisampled else 0.15) / detail.divisor**2

    assert chosen(takes_s)[:4] == [Detail(), Detail(1, False), Detail(2, False), Detail(2, False)]
    assert chosen(takes_s)[-1] == Detail(2, False)


def test_a_window_without_multisampling_loses_pixels_alone() -> None:
    assert details(1) == [Detail(), Detail(2, False), Detail(3, False)]


def test_what_gains_nothing_is_not_done() -> None:
    assert chosen(lambda _: 0.3)[2:] == [Detail()] * 6


def test_a_scene_that_has_become_fast_moves_in_full_again() -> None:
    detail = MovingDetail(details(8))
    detail.note(0.2)
    detail.note(0.1)
    assert detail.current == Detail(2, False)
    for _ in range(3):
        detail.note(0.005)
    assert detail.current == Detail()
