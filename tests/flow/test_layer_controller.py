import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from simulated_link import Shown, SimulatedPath

from marimo_rfb.flow.layer_controller import COMM_TARGETS, SOCKET_TARGETS, LayerController, LayerReason
from marimo_rfb.flow.quality_level import QualityLevel

BOUND_S = 0.15
LAST = len(SOCKET_TARGETS.layers) - 1


def age_p95_s(shown: list[Shown]) -> float:
    return sorted(each.age_s for each in shown)[int(len(shown) * 0.95)]


def bitrate_bps(shown: list[Shown], for_s: float) -> float:
    return 8 * sum(each.size_bytes for each in shown) / for_s


class TestPath:
    @pytest.mark.parametrize("delay_s", [0.0005, 0.05, 0.125])
    def test_on_a_fast_one_every_frame_comes_in_full_quality(self, delay_s: float) -> None:
        path = SimulatedPath(LayerController(), delay_s=delay_s)
        path.run(3)
        shown = path.run(5)
        assert {each.index for each in shown} == {0}
        assert len(shown) >= 149
        assert age_p95_s(shown) < delay_s + 0.02
        assert path.controller.reason is LayerReason.FULL

    @pytest.mark.parametrize("delay_s", [0.01, 0.05, 0.15])
    @pytest.mark.parametrize("mbit", [1, 2, 5, 20])
    def test_a_narrow_one_is_filled_and_pictures_are_not_old(self, mbit: float, delay_s: float) -> None:
        path = SimulatedPath(LayerController(), rate_bps=mbit * 1e6, delay_s=delay_s)
        path.run(5)  # of which the first picture, in full quality, takes up to two
        shown = path.run(10)
        assert age_p95_s(shown) <= BOUND_S + path.rtt_s
        assert bitrate_bps(shown, 10) >= 0.85 * path.rate_bps or len(shown) >= 290
        assert len(shown) > 80

    def test_smooth_pictures_fill_a_narrow_one_although_their_layers_differ_less(self) -> None:
        def smooth(level: QualityLevel, full_bytes: int) -> int:
            return int(full_bytes * level.relative_bytes**0.5)

        path = SimulatedPath(LayerController(), full_bytes=40_000, rate_bps=1e6, sizes=smooth)
        path.run(5)
        shown = path.run(10)
        assert age_p95_s(shown) <= BOUND_S + path.rtt_s
        assert bitrate_bps(shown, 10) >= 0.85 * path.rate_bps or len(shown) >= 290

    def test_with_jitter_too(self) -> None:
        path = SimulatedPath(LayerController(), rate_bps=5e6, delay_s=0.05, jitter_s=0.03)
        path.run(3)
        shown = path.run(10)
        assert age_p95_s(shown) <= BOUND_S + path.rtt_s + path.jitter_s
        assert bitrate_bps(shown, 10) >= 0.8 * path.rate_bps

    def test_jitter_of_a_fast_one_costs_no_quality(self) -> None:
        path = SimulatedPath(LayerController(), rate_bps=1e8, jitter_s=0.05)
        path.run(3)
        assert {each.index for each in path.run(10)} == {0}

    @pytest.mark.parametrize("delay_s", [0.01, 0.15])
    def test_full_quality_is_back_ten_seconds_after_the_link_is(self, delay_s: float) -> None:
        path = SimulatedPath(LayerController(), delay_s=delay_s)
        path.run(5)
        path.rate_bps = 1e6
        path.run(20)
        assert path.controller.index >= 4
        assert path.controller.reason in (LayerReason.NETWORK, LayerReason.PROBING)
        path.rate_bps = 1e9
        path.run(10)
        assert path.controller.index == 0
        assert {each.index for each in path.run(5)} == {0}

    def test_a_page_that_is_too_slow_gets_fewer_pixels_and_full_ones_when_it_is_not(self) -> None:
        path = SimulatedPath(LayerController(), decode_s=0.3)
        path.run(30)
        assert path.controller.index > 0
        assert path.controller.reason is LayerReason.DECODING
        path.decode_s = 0.01
        path.run(10)
        assert path.controller.index == 0

    def test_a_page_that_keeps_up_with_most_frames_keeps_them_whole(self) -> None:
        path = SimulatedPath(LayerController(), decode_s=0.036)
        path.run(3)
        shown = path.run(10)
        assert {each.index for each in shown} == {0}
        assert len(shown) >= 270

    def test_small_pictures_are_not_made_smaller(self) -> None:
        path = SimulatedPath(LayerController(), full_bytes=1000, rate_bps=2e4)
        path.run(10)
        assert path.controller.index == 0

    @settings(max_examples=40, deadline=None)
    @given(
        trace=st.lists(
            st.tuples(st.floats(0.5, 4.0), st.floats(5e5, 1e9), st.floats(0, 0.04), st.floats(0.001, 0.1)),
            min_size=1,
            max_size=5,
        ),
        full_bytes=st.integers(2_000, 400_000),
        fps=st.sampled_from((5.0, 30.0, 60.0)),
        delay_s=st.floats(0.001, 0.15),
    )
    def test_whatever_the_link_does_pictures_come_and_soon_are_not_old_and_full_quality_returns(
        self, trace: list[tuple[float, float, float, float]], full_bytes: int, fps: float, delay_s: float
    ) -> None:
        path = SimulatedPath(LayerController(), full_bytes=full_bytes, fps=fps, delay_s=delay_s)
        for for_s, rate_bps, jitter_s, decode_s in trace:
            path.rate_bps, path.jitter_s, path.decode_s = rate_bps, jitter_s, decode_s
            path.run(for_s)
        # Never starves: what is in flight on the slowest link has arrived by then.
        path.run(8)
        shown = path.run(3)
        assert shown
        assert min(each.age_s for each in shown) <= BOUND_S + path.rtt_s + path.jitter_s + 2 * path.decode_s
        path.rate_bps, path.jitter_s, path.decode_s = 1e9, 0.0, 0.005
        path.run(10)
        assert path.controller.index == 0


class TestOwnLimit:
    def test_no_more_is_sent_than_it_allows_and_pictures_fit_into_it(self) -> None:
        controller = LayerController(max_bitrate=1e6)
        path = SimulatedPath(controller)
        path.run(3)
        shown = path.run(10)
        assert 0.8e6 <= bitrate_bps(shown, 10) <= 1.1e6
        assert age_p95_s(shown) < BOUND_S + path.rtt_s
        assert controller.index > 0

    def test_the_reason_says_so(self) -> None:
        controller = LayerController(max_bitrate=1e6)
        controller.on_sent(1, 100_000, 0.0)
        assert controller.on_ack(1, 0.01, rtt_s=0.01)
        assert controller.reason is LayerReason.BITRATE
        assert controller.wait_s(0.01, 0.01) == pytest.approx(0.79)


class TestShare:
    def test_a_layer_that_others_have_is_taken_instead(self) -> None:
        controller = LayerController()
        controller.share(0)
        assert (controller.index, controller.reason) == (0, LayerReason.FULL)
        controller.share(3)
        assert (controller.index, controller.reason) == (3, LayerReason.SHARED)


class TestStandstill:
    def test_a_link_that_stands_still_gets_no_more_until_an_ack(self) -> None:
        controller = LayerController()
        for seq in range(1, 20):
            controller.on_sent(seq, 50_000, seq / 30)
            controller.on_ack(seq, seq / 30 + 0.021, rtt_s=0.02)
        controller.on_sent(20, 50_000, 1.0)
        assert controller.wait_s(0.02, 1.1) == 0
        assert controller.wait_s(0.02, 1.5) == math.inf
        controller.on_ack(20, 1.6, rtt_s=0.02)
        assert controller.wait_s(0.02, 1.6) == 0
        assert controller.index > 1  # by several steps at once

    def test_a_viewer_that_starts_over_waits_for_nothing(self) -> None:
        controller = LayerController()
        controller.on_sent(1, 50_000, 0.0)
        controller.on_ack(1, 0.1, rtt_s=0.02)
        controller.on_sent(2, 50_000, 0.2)
        assert controller.wait_s(0.02, 9.0) == math.inf
        controller.reset()
        assert controller.wait_s(0.02, 9.0) == 0


FAST_S, FAIR_S, SLOW_S = 0.05, 0.3, 0.8


class TestComm:
    """On the kernel's comm nothing but the latency of acks is known."""

    @staticmethod
    def acking(controller: LayerController, latency_s: float, *, from_s: float, for_s: float) -> float:
        """Ack ten times a second; return the time of the last ack."""
        now_s = from_s
        for _ in range(round(for_s * 10)):
            now_s += 0.1
            seq = round(now_s * 10)
            controller.on_sent(seq, 100, now_s - latency_s)
            controller.on_ack(seq, now_s, rtt_s=0.0)
        return now_s

    def test_a_second_of_slow_acks_makes_it_worse_and_a_shorter_spell_does_not(self) -> None:
        controller = LayerController(COMM_TARGETS)
        now_s = self.acking(controller, SLOW_S, from_s=10.0, for_s=0.9)
        assert controller.index == 0
        now_s = self.acking(controller, FAIR_S, from_s=now_s, for_s=0.1)  # the spell is over
        now_s = self.acking(controller, SLOW_S, from_s=now_s, for_s=0.9)
        assert controller.index == 0
        self.acking(controller, SLOW_S, from_s=now_s, for_s=0.4)
        assert controller.index == 1

    def test_acks_that_stay_slow_make_it_worse_down_to_the_worst(self) -> None:
        controller = LayerController(COMM_TARGETS)
        self.acking(controller, SLOW_S, from_s=10.0, for_s=10.0)
        assert controller.index == len(COMM_TARGETS.layers) - 1

    def test_an_ack_that_does_not_come_makes_it_worse_at_once(self) -> None:
        controller = LayerController(COMM_TARGETS)
        assert [controller.on_ack_timeout(float(now)) for now in (1, 2, 3)] == [True, True, False]
        assert controller.reason is LayerReason.NETWORK

    def test_five_seconds_of_fast_acks_make_it_better_and_fair_ones_do_not(self) -> None:
        controller = LayerController(COMM_TARGETS)
        controller.on_ack_timeout(10.0)
        now_s = self.acking(controller, FAIR_S, from_s=10.5, for_s=20.0)
        assert controller.index == 1
        now_s = self.acking(controller, FAST_S, from_s=now_s, for_s=4.8)
        assert controller.index == 1
        self.acking(controller, FAST_S, from_s=now_s, for_s=0.5)
        assert controller.index == 0
