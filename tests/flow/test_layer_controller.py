import math
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from simulated_link import Shown, SimulatedPath

from marimo_rfb.flow.layer_controller import COMM_TARGETS, SOCKET_TARGETS, LayerController, LayerReason, Targets
from marimo_rfb.flow.quality_level import QualityLevel

BOUND_S = 0.15
LAST = len(SOCKET_TARGETS.layers) - 1


@dataclass(frozen=True)
class Spell:
    """For a while a path is like this."""

    rate_bps: float
    jitter_s: float
    decode_s: float
    changed: float

    def begin(self, path: SimulatedPath) -> None:
        path.rate_bps, path.jitter_s, path.decode_s = self.rate_bps, self.jitter_s, self.decode_s
        path.changed = lambda now_s: self.changed


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

    @pytest.mark.parametrize("encode_s", [0.002, 0.012])
    @pytest.mark.parametrize("delay_s", [0.01, 0.025, 0.05])
    @pytest.mark.parametrize("mbit", [1, 5, 20])
    def test_most_of_the_bound_is_left_for_what_the_simulation_knows_nothing_of(
        self, mbit: float, delay_s: float, encode_s: float
    ) -> None:
        path = SimulatedPath(LayerController(), full_bytes=109_000, rate_bps=mbit * 1e6, delay_s=delay_s)
        path.encode_s, path.decode_s = encode_s, 0.015
        path.run(5)
        shown = path.run(10)
        assert age_p95_s(shown) <= 0.12 + path.rtt_s
        assert bitrate_bps(shown, 10) >= 0.97 * path.rate_bps

    @pytest.mark.parametrize("is_proxied", [False, True])
    def test_for_minutes(self, is_proxied: bool) -> None:
        path = SimulatedPath(LayerController(), full_bytes=109_000, rate_bps=1e6, is_proxied=is_proxied)
        path.run(120)
        shown = path.run(20)
        assert age_p95_s(shown) <= 0.12 + path.rtt_s
        assert bitrate_bps(shown, 20) >= 0.97 * path.rate_bps

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

    @pytest.mark.parametrize("delay_s", [0.005, 0.02, 0.05, 0.075])
    @pytest.mark.parametrize("mbit", [1, 5, 20])
    def test_with_a_packet_in_a_hundred_lost_pictures_are_not_old(self, mbit: float, delay_s: float) -> None:
        path = SimulatedPath(LayerController(), rate_bps=mbit * 1e6, delay_s=delay_s, loss=0.01)
        path.run(5)
        shown = path.run(20)
        assert age_p95_s(shown) <= BOUND_S + path.rtt_s
        assert len(shown) >= 20 * 13

    @pytest.mark.parametrize("mbit", [1, 5, 20])
    def test_on_a_longer_round_trip_a_part_of_the_retransmission_comes_on_top(self, mbit: float) -> None:
        path = SimulatedPath(LayerController(), rate_bps=mbit * 1e6, delay_s=0.15, loss=0.01)
        path.run(5)
        shown = path.run(20)
        assert age_p95_s(shown) <= BOUND_S + 1.5 * path.rtt_s
        assert len(shown) >= 20 * 13

    @settings(max_examples=60, deadline=None, derandomize=True)
    @given(
        trace=st.lists(
            st.builds(
                Spell,
                rate_bps=st.floats(1e6, 5e7),
                jitter_s=st.sampled_from((0.0, 0.01, 0.03)),
                decode_s=st.floats(0.002, 0.08),
                changed=st.sampled_from((0.005, 0.05, 0.3, 1.0)),
            ),
            min_size=1,
            max_size=4,
        ),
        full_bytes=st.integers(2_000, 500_000),
        fps=st.sampled_from((5.0, 10.0, 30.0, 60.0)),
        delay_s=st.floats(0.0025, 0.15),
        encode_s=st.sampled_from((0.002, 0.012, 0.03)),
    )
    def test_whatever_the_link_does_pictures_soon_are_not_old_and_full_quality_returns(
        self, trace: list[Spell], full_bytes: int, fps: float, delay_s: float, encode_s: float
    ) -> None:
        controller = LayerController()
        controller.start(2 * delay_s)
        path = SimulatedPath(controller, full_bytes=full_bytes, fps=fps, delay_s=delay_s, rate_bps=trace[0].rate_bps)
        path.encode_s = encode_s
        for spell in trace:
            spell.begin(path)
            path.run(3 + 8 * full_bytes / spell.rate_bps)  # one picture may have been sent to the link as it was before
            shown = path.run(6)
            assert len(shown) >= 6 * 0.7 * min(fps, 10)
            assert age_p95_s(shown) <= BOUND_S + path.rtt_s + spell.jitter_s + spell.decode_s
        Spell(rate_bps=1e9, jitter_s=0.0, decode_s=0.005, changed=trace[-1].changed).begin(path)
        path.run(10)
        assert path.controller.index == 0


class TestRoute:
    """The round trip changes."""

    @pytest.mark.parametrize("is_proxied", [False, True])
    @pytest.mark.parametrize("rtts_s", [(0.02, 0.06), (0.02, 0.1), (0.02, 0.2), (0.05, 0.3)])
    @pytest.mark.parametrize("mbit", [1, 5, 20, 1000])
    def test_a_longer_one_is_recognised_within_three_seconds(
        self, mbit: float, rtts_s: tuple[float, float], is_proxied: bool
    ) -> None:
        path, index = self.changed(mbit, rtts_s, is_proxied=is_proxied)
        path.run(3)
        shown = path.run(3)
        assert age_p95_s(shown) <= BOUND_S + path.rtt_s
        path.run(2)
        assert path.controller.index <= index + 1
        shown = path.run(3)
        assert bitrate_bps(shown, 3) >= 0.75 * path.rate_bps or len(shown) >= 3 * 29

    @pytest.mark.parametrize("is_proxied", [False, True])
    @pytest.mark.parametrize("rtts_s", [(0.2, 0.02), (0.1, 0.06)])
    @pytest.mark.parametrize("mbit", [20, 1000])
    def test_a_shorter_one_at_once(self, mbit: float, rtts_s: tuple[float, float], is_proxied: bool) -> None:
        path, index = self.changed(mbit, rtts_s, is_proxied=is_proxied)
        path.run(1)
        shown = path.run(3)
        assert age_p95_s(shown) <= BOUND_S + path.rtt_s
        assert {each.index for each in shown} == {index}

    def test_a_queue_of_others_is_not_taken_for_one_when_it_is_gone(self) -> None:
        path, _ = self.changed(20, (0.02, 0.2), is_proxied=False)
        path.run(10)
        path.delay_s = 0.01
        path.run(1)
        assert age_p95_s(path.run(3)) <= BOUND_S + path.rtt_s

    @staticmethod
    def changed(mbit: float, rtts_s: tuple[float, float], *, is_proxied: bool) -> tuple[SimulatedPath, int]:
        """Return a path whose round trip has just changed, and its layer before."""
        controller = LayerController()
        controller.start(rtts_s[0])
        path = SimulatedPath(
            controller, full_bytes=109_000, rate_bps=mbit * 1e6, delay_s=rtts_s[0] / 2, is_proxied=is_proxied
        )
        path.run(10)
        path.delay_s = rtts_s[1] / 2
        return path, controller.index


class TestAdmit:
    @pytest.mark.parametrize("mbit", [1, 2])
    def test_a_whole_change_among_small_ones_is_sent_in_a_layer_in_which_it_fits(self, mbit: float) -> None:
        def changed(now_s: float) -> float:
            return 1.0 if 8 <= now_s < 8.03 else 0.01

        path = SimulatedPath(LayerController(), rate_bps=mbit * 1e6, changed=changed)
        path.run(7.9)
        whole = max(path.run(1), key=lambda each: each.size_bytes)
        assert 8 * whole.size_bytes <= 0.15 * path.rate_bps
        assert whole.age_s <= BOUND_S + path.rtt_s

    def test_small_pictures_after_it_are_better_again(self) -> None:
        path = SimulatedPath(LayerController(), rate_bps=1e7, changed=lambda now_s: 1 if 5 <= now_s < 6 else 0.01)
        path.run(5.9)
        assert path.controller.index > 1
        path.run(3)
        assert path.controller.index <= 1

    def test_what_a_lower_layer_does_not_make_smaller_is_sent_as_it_is(self) -> None:
        controller = self.knowing(1e6)
        assert not controller.admit(300_000, 1.1)
        index = controller.index
        assert controller.admit(290_000, 1.2)
        assert controller.index == index > 0

    def test_in_the_lowest_layer_everything_is_sent(self) -> None:
        controller = self.knowing(1e6)
        controller.share(LAST)
        assert controller.admit(10_000_000, 1.1)

    def test_small_pictures_are_sent_whatever_they_take(self) -> None:
        assert self.knowing(1e4).admit(3000, 1.1)

    def test_on_the_kernels_comm_everything_is_sent(self) -> None:
        assert self.knowing(1e6, COMM_TARGETS).admit(10_000_000, 1.1)

    def test_the_own_limit_counts_although_the_path_is_unknown(self) -> None:
        controller = LayerController(max_bitrate=1e6)
        assert not controller.admit(300_000, 0.0)
        assert controller.reason is LayerReason.BITRATE

    @staticmethod
    def knowing(rate_bps: float, targets: Targets = SOCKET_TARGETS) -> LayerController:
        """Return a controller that has measured a rate by pictures of a tenth of a second."""
        controller, size_bytes = LayerController(targets), round(rate_bps / 80)
        for seq in range(1, 10):
            assert controller.admit(size_bytes, seq / 10)
            controller.on_sent(seq, size_bytes, seq / 10)
            controller.on_ack(seq, seq / 10 + 0.07, rtt_s=0.02)
        return controller


class TestStart:
    @pytest.mark.parametrize("loss", [None, 0.0])
    @pytest.mark.parametrize("delay_s", [0.02, 0.05, 0.1, 0.15])
    def test_a_far_fast_path_begins_with_a_small_picture_and_soon_is_full(
        self, delay_s: float, loss: float | None
    ) -> None:
        controller = LayerController()
        controller.start(2 * delay_s)
        path = SimulatedPath(controller, full_bytes=400_000, delay_s=delay_s, loss=loss)
        shown = path.run(7 * path.rtt_s)  # of which TCP takes four
        assert shown[0].size_bytes <= 64 << 10
        assert controller.index == 0
        path.run(1)
        assert controller.reason is LayerReason.FULL
        assert {each.index for each in path.run(3)} == {0}

    @pytest.mark.parametrize("delay_s", [0.02, 0.15])
    def test_on_a_far_slow_path_the_first_picture_is_the_oldest(self, delay_s: float) -> None:
        controller = LayerController()
        controller.start(2 * delay_s)
        path = SimulatedPath(controller, full_bytes=400_000, delay_s=delay_s, rate_bps=1e6)
        shown = path.run(5)
        assert shown[0].age_s < 0.6 + delay_s
        assert age_p95_s(shown) <= BOUND_S + path.rtt_s

    def test_it_says_so_until_it_knows(self) -> None:
        controller = LayerController()
        controller.start(0.1)
        assert controller.is_starting
        assert controller.reason is LayerReason.PROBING
        assert controller.admit(64 << 10, 0.0)
        assert not controller.admit(400_000, 0.0)
        assert controller.reason is LayerReason.PROBING
        controller.on_sent(1, 60_000, 0.0)
        assert controller.wait_s(0.1, 0.1) == math.inf  # one picture tells, and two would queue
        controller.on_ack(1, 0.6, rtt_s=0.1)
        assert not controller.is_starting
        assert controller.reason is LayerReason.NETWORK

    def test_a_near_path_begins_with_a_full_picture(self) -> None:
        controller = LayerController()
        controller.start(0.005)
        assert not controller.is_starting
        assert controller.admit(4_000_000, 0.0)
        assert controller.reason is LayerReason.FULL

    def test_on_the_kernels_comm_nothing_is_assumed(self) -> None:
        controller = LayerController(COMM_TARGETS)
        controller.start(1.0)
        assert controller.reason is LayerReason.FULL


class TestPage:
    """A page whose processor is the limit."""

    @pytest.mark.parametrize("delay_s", [0.001, 0.05])
    @pytest.mark.parametrize(
        ("decode_s", "paint_s"),
        [(0.015, 0), (0.025, 0), (0.04, 0), (0.06, 0), (0.035, 0.035), (0.02, 0.045), (0.045, 0.02), (0.02, 0.02)],
    )
    def test_it_gets_as_many_pictures_as_it_shows_and_none_waits_for_long(
        self, decode_s: float, paint_s: float, delay_s: float
    ) -> None:
        path = SimulatedPath(LayerController(), decode_s=decode_s, paint_s=paint_s, delay_s=delay_s, fps=60)
        path.run(5)
        shown = path.run(10)
        interval_s = max(decode_s, paint_s, 1 / 60)
        assert len(shown) >= 0.94 * 10 / interval_s
        assert age_p95_s(shown) <= 2 * interval_s + decode_s + paint_s + delay_s
        assert {each.index for each in shown} == {0}

    def test_a_page_that_gets_slower_gets_fewer_pictures_and_more_again_when_it_is_fast(self) -> None:
        path = SimulatedPath(LayerController(), decode_s=0.01, paint_s=0.01, fps=60)
        path.run(3)
        path.decode_s, path.paint_s = 0.05, 0.04
        path.run(3)
        slow = path.run(10)
        assert len(slow) >= 0.85 * 10 / 0.05
        assert age_p95_s(slow) <= 2 * 0.05 + 0.09 + path.delay_s
        path.decode_s = path.paint_s = 0.01
        path.run(3)
        assert len(path.run(5)) >= 0.94 * 5 * 60


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
