from itertools import pairwise

from marimo_rfb.flow.quality_level import COMM_LAYERS, FULL_QUALITY, LAYERS, QualityLevel


def test_layers_go_from_the_best_to_the_smallest_and_none_is_a_large_step() -> None:
    assert LAYERS[0] == FULL_QUALITY
    for better, worse in pairwise(LAYERS):
        assert worse.quality <= better.quality
        assert worse.scale <= better.scale
        assert 0 < worse.rank < better.rank
        assert 1.5 < better.relative_bytes / worse.relative_bytes < 2.5
        assert worse.max_settled_bytes is not None
        assert worse.max_settled_bytes < (better.max_settled_bytes or 1e9)


def test_those_of_the_comm_are_all_below_full_quality() -> None:
    for better, worse in pairwise((FULL_QUALITY, *COMM_LAYERS)):
        assert worse.quality < better.quality
        assert 0 < worse.rank < better.rank
        assert worse.max_pixels is not None
        assert worse.max_fps is not None
        assert worse.max_pixels < (better.max_pixels or 1e9)
        assert worse.max_fps < (better.max_fps or 1e9)


def test_a_frame_is_scaled_to_the_stricter_of_both_limits() -> None:
    assert FULL_QUALITY.scale_of(4000, 3000) == 1
    assert QualityLevel(scale=0.5).scale_of(40, 30) == 0.5
    level = QualityLevel(scale=0.5, max_pixels=400 * 300)
    assert level.scale_of(400, 300) == 0.5
    assert level.scale_of(1600, 1200) == 0.25
    assert QualityLevel(max_pixels=10_000).scale_of(10, 10) == 1
