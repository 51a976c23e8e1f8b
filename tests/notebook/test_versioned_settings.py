from typing import Any

import pytest

from marimo_rfb.notebook.versioned_settings import VersionedSettings, as_region, seen_region


class TestWishes:
    def test_the_same_wish_twice_is_two(self) -> None:
        settings = VersionedSettings()
        first = dict(settings.set("paused", True))
        second = settings.set("paused", True)
        assert first["paused"][1] is second["paused"][1] is True
        assert first["paused"][0] != second["paused"][0]

    def test_one_leaves_the_others_as_they_are(self) -> None:
        settings = VersionedSettings()
        settings.set("zoom", 2.0)
        assert settings.set("paused", True) == {"zoom": [1, 2.0], "paused": [2, True]}

    def test_what_was_returned_before_stays_as_it_was(self) -> None:
        settings = VersionedSettings()
        before = settings.set("zoom", 2.0)
        settings.set("zoom", 3.0)
        assert before == {"zoom": [1, 2.0]}


class TestRegion:
    def test_it_is_four_numbers(self) -> None:
        assert as_region([1, 2.5, 30, 40]) == (1.0, 2.5, 30.0, 40.0)

    @pytest.mark.parametrize(
        "region",
        [(1, 2, 3), (1, 2, 3, 4, 5), 7, "1234x", (0, 0, 0, 5), (0, 0, 5, -1), (0, 0, float("nan"), 5), (1e9, 0, 1, 1)],
    )
    def test_anything_else_is_refused_with_what_would_do(self, region: Any) -> None:
        with pytest.raises(ValueError, match=r"region is \(x, y, width, height\) in frame pixels, or None .*, got"):
            as_region(region)


class TestSeen:
    SEEN = {"region": {"x": 1, "y": 2, "width": 3, "height": 4}, "zoom": 2}  # noqa: RUF012

    def test_it_is_a_region_and_a_zoom(self) -> None:
        assert seen_region(self.SEEN) == ((1.0, 2.0, 3.0, 4.0), 2.0)

    @pytest.mark.parametrize(
        "seen",
        [
            None,
            [],
            {},
            {"region": None, "zoom": 1},
            {**SEEN, "zoom": True},
            {**SEEN, "zoom": float("nan")},
            {**SEEN, "zoom": float("inf")},
            {**SEEN, "zoom": "2"},
            {"zoom": 2},
            {"region": {"x": 1, "y": 2, "width": 3}, "zoom": 1},
            {"region": {"x": 1, "y": 2, "width": 3, "height": {}}, "zoom": 1},
        ],
    )
    def test_what_makes_no_sense_is_nothing(self, seen: Any) -> None:
        assert seen_region(seen) is None
