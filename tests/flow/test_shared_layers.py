from hypothesis import given
from hypothesis import strategies as st

from marimo_rfb.flow.shared_layers import MAX_LAYERS, shared_layer

LAST = 7
LAYERS = st.integers(0, LAST)


def test_a_viewer_gets_what_it_wants_while_there_are_few() -> None:
    assert shared_layer(3, [], last=LAST) == 3
    assert shared_layer(3, [0], last=LAST) == 3


def test_one_too_many_is_the_next_lower_one_that_there_is() -> None:
    assert shared_layer(3, [0, 5], last=LAST) == 5
    assert shared_layer(1, [0, 5], last=LAST) == 5


def test_one_that_another_has_is_no_more() -> None:
    assert shared_layer(5, [0, 5, LAST], last=LAST) == 5


def test_who_needs_less_than_all_others_gets_the_lowest_one_and_lowers_nobody() -> None:
    assert shared_layer(6, [0, 5], last=LAST) == LAST
    assert shared_layer(LAST, [0, 5], last=LAST) == LAST


@given(wanted=st.lists(st.tuples(st.integers(0, 9), LAYERS), max_size=60))
def test_however_viewers_change_there_are_few_and_none_gets_a_better_one_than_it_wants(
    wanted: list[tuple[int, int]],
) -> None:
    layers: dict[int, int] = {}
    for viewer, wish in wanted:
        others = {layer for other, layer in layers.items() if other != viewer}
        layers[viewer] = shared_layer(wish, others, last=LAST)
        assert layers[viewer] >= wish
        assert len(set(layers.values())) <= MAX_LAYERS
