from marimo_rfb.figures.screens.chosen_views import ChosenViews


class Turned(ChosenViews[int]):
    """What was chosen of two dials."""

    def __init__(self) -> None:
        self.dials = {0: 10, 1: 20}
        super().__init__(self._views())

    @property
    def chosen(self) -> dict[int, int]:
        return self._chosen

    def _views(self) -> dict[int, int]:
        return dict(self.dials)


def test_what_changes_while_watched_is_chosen_and_the_rest_is_not() -> None:
    turned = Turned()
    turned.dials[0] = 11  # by code
    with turned.watching():
        turned.dials[1] = 25
    assert turned.chosen == {1: 25}


def test_who_returns_to_the_first_view_has_chosen_nothing() -> None:
    turned = Turned()
    with turned.watching():
        turned.dials[1] = 25
    with turned.watching():
        turned.dials[1] = 20
    assert turned.chosen == {}


def test_what_was_chosen_counts_also_after_an_exception() -> None:
    turned = Turned()
    try:
        with turned.watching():
            turned.dials[1] = 25
            raise ValueError
    except ValueError:
        pass
    assert turned.chosen == {1: 25}
