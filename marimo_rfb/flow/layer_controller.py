"""Congestion control of one viewer: which layer it gets, and how many bytes may be in flight."""

import math
from dataclasses import dataclass
from enum import StrEnum

from marimo_rfb.flow.bitrate_limiter import BitrateLimiter
from marimo_rfb.flow.delivery_rate import Delivery, DeliveryRate
from marimo_rfb.flow.pacer import Pacer
from marimo_rfb.flow.page_load import PageLoad
from marimo_rfb.flow.picture_sizes import PictureSizes
from marimo_rfb.flow.quality_level import COMM_LAYERS, LAYERS, QualityLevel
from marimo_rfb.flow.rtt_probe import RttProbe

__all__ = ["COMM_TARGETS", "MIN_WINDOW", "SOCKET_TARGETS", "LayerController", "LayerReason", "Targets"]


class LayerReason(StrEnum):
    """Why a layer is in force."""

    FULL = "full"
    NETWORK = "network"
    DECODING = "decoding"
    BITRATE = "max_bitrate"
    SHARED = "shared"
    PROBING = "probing"
    PINNED = "pinned"


@dataclass(frozen=True, slots=True, kw_only=True)
class Targets:
    """What a controller aims at. All times are in seconds.

    Attributes:
        layers: best first.
        wire_s: time that one picture may take on the wire; `None` to go one layer at a time, whatever the rate is.
        max_wire_s: pictures that take longer on the wire are too large.
        max_admitted_s: one that would take longer is not sent.
        max_queue_s: a frame that is later than the round trip by more than this is late.
        patience_s: frames have to be late for this long before the layer goes down.
        calm_s: the layer goes up only after frames that were late by less than this ...
        calm_for_s: ... for this long.
        max_backoff_s: longest time until the next attempt after attempts that failed.
        min_bytes: smaller pictures are not made smaller, because their size is not what delays them.
    """

    layers: tuple[QualityLevel, ...]
    wire_s: float | None
    max_wire_s: float
    max_admitted_s: float
    max_queue_s: float
    patience_s: float
    calm_s: float
    calm_for_s: float
    max_backoff_s: float
    min_bytes: int


# The age of a picture stays below 150 ms and a round trip: what is queued, and at most one interval of frames before.
SOCKET_TARGETS = Targets(
    layers=LAYERS,
    wire_s=0.055,
    max_wire_s=0.075,
    max_admitted_s=0.095,
    max_queue_s=0.12,
    patience_s=0.0,
    calm_s=0.1,
    calm_for_s=0.5,
    max_backoff_s=5.0,
    min_bytes=3000,
)
# A kernel that is busy holds acks back, so that they tell little of the path.
COMM_TARGETS = Targets(
    layers=COMM_LAYERS,
    wire_s=None,
    max_wire_s=math.inf,
    max_admitted_s=math.inf,
    max_queue_s=0.4,
    patience_s=1.0,
    calm_s=0.15,
    calm_for_s=5.0,
    max_backoff_s=5.0,
    min_bytes=0,
)

_NO_QUEUE_S = 0.02
# Of the congestion window where pictures are paced: one that is encoded, one that is decoded, and one that is painted.
MIN_WINDOW = 3
# In flight may be what the path holds and this much more, should pacing go by a rate that is no longer true.
_MAX_QUEUED_S = 0.2
# Part of `wire_s` that a picture of a better layer may take. Below 1, so that small changes do not make it swing.
_MARGIN = 0.75
# Without a measurement of larger pictures, the rate for them is a guess, so a step up is limited.
_MAX_GROWTH = 3.5
# A layer that has held for this long was no failure.
_PROVEN_AFTER_S = 2.0
_MIN_BACKOFF_S = 1.0
# From one frame alone only if it is late by this factor; a single one may have met a hiccup.
_VERY_LATE = 2.0
_MAX_DECODE_S = 0.15
# On a path with a longer round trip, of which nothing else is known, the first picture has at most so many bytes.
_FAR_RTT_S = 0.02
_FIRST_BYTES = 64 << 10
# A picture that is hardly smaller in a lower layer is sent as it is.
_INDEPENDENT = 0.8
# The larger pictures get on a new path, the more round trips TCP takes at first to open its window, at most so many.
_SLOW_START_RTTS = 3.0
_PROVEN_MARGIN = 1.25


class LayerController:
    """Chooses the layer of one viewer by the delivery rate, the queueing delay and the decoding time of its path.

    The layer goes down as soon as frames are late, by as many steps as the delivery rate demands. It goes up when the
    rate allows a better layer, or else one step at a time as a probe, with exponential backoff after a failure.

    `now_s` is in seconds, of a monotonic clock; `rtt_s` is the least round trip.

    Attributes:
        coarse_share: the part of the picture that a better layer improves, 0 to 1; it is sent when the layer is raised.
        reason: why the layer is in force.
        queue_s: queueing delay of the last frame, with its time on the wire.
        transit_s: what the last frame took without the page's part; a round trip, and more.
        path_s: the same without its time on the wire; the least of it is a round trip.
        probed_rtt_s: the round trip, if the path had run empty for the last frame that was acked.
    """

    def __init__(self, targets: Targets = SOCKET_TARGETS, *, max_bitrate: float | None = None) -> None:
        self._limiter = BitrateLimiter(max_bitrate)
        self.coarse_share = 1.0
        self.reason = LayerReason.FULL
        self.queue_s = 0.0
        self.transit_s: float | None = None
        self.path_s: float | None = None
        self.probed_rtt_s: float | None = None
        self._rtt_s = 0.0
        self._targets = targets
        self._delivery_rate = DeliveryRate()
        self._index = 0
        self._changed_s = 0.0
        self._drained_s = 0.0  # when the frames of the last layer have passed the link
        self._sizes = PictureSizes(targets.layers)
        self._is_starting = False  # the path is being discovered
        self._proven_bytes: float = _FIRST_BYTES  # what was sent at once on a path that is being discovered
        self._rejected_bytes = 0  # of the last picture, if it was too large
        self._is_doubted = False  # the rate of such a path, because TCP's window was small
        self._is_excused = False  # a picture on it was late, and the next one will tell
        self._full_since_s: float | None = None  # the layer is the best that such a path seems to carry
        self._page_load = PageLoad()
        self._pacer = Pacer()
        self._rtt_probe = RttProbe()
        self._late_since_s: float | None = None
        self._late_frames = 0
        self._calm_since_s: float | None = None
        self._raised_s: float | None = None
        self._backoff_s = _MIN_BACKOFF_S
        self._retry_s = 0.0
        self._failed_bps = 0.0

    @property
    def index(self) -> int:
        """The number of the layer; 0 is the best."""
        return self._index

    @property
    def max_bitrate(self) -> float | None:
        """Limit in bits a second; `None` for none."""
        return self._limiter.max_bitrate

    @max_bitrate.setter
    def max_bitrate(self, max_bitrate: float | None) -> None:
        self._limiter.max_bitrate = max_bitrate

    @property
    def is_starting(self) -> bool:
        """Whether the path is new and far, so that its rate is being discovered."""
        return self._is_starting

    @property
    def layers(self) -> tuple[QualityLevel, ...]:
        return self._targets.layers

    @property
    def rate_bps(self) -> float | None:
        """What the path delivers or `max_bitrate` allows, bits a second; `None` as long as it is unknown."""
        rate_bps, max_bitrate = self._delivery_rate.rate_bps, self.max_bitrate
        if rate_bps is None or max_bitrate is None:
            return max_bitrate if rate_bps is None else rate_bps
        return min(rate_bps, max_bitrate)

    def wait_s(self, rtt_s: float, now_s: float) -> float:
        """Return for how long the next picture has to wait, seconds; infinite if only an ack ends that."""
        capped_s = self._limiter.wait_s(now_s)
        in_flight_bytes = self._delivery_rate.in_flight_bytes
        if in_flight_bytes == 0 or self._targets.wire_s is None:
            return capped_s
        rate_bps = self.rate_bps
        if rate_bps is None:
            return math.inf if self._is_starting else capped_s
        if self._rtt_probe.is_draining:
            return math.inf
        if self._delivery_rate.oldest_age_s(now_s) - rtt_s - self._page_load.latency_s > 2 * self._targets.max_queue_s:
            return math.inf  # the link stands still, so what it delivered before no longer counts
        if self._page_load.is_full(self._delivery_rate.in_flight_frames, rtt_s=rtt_s):
            return math.inf
        next_bytes = self._sizes.next_bytes(self._index)
        if in_flight_bytes + next_bytes > max(rate_bps / 8 * (rtt_s + _MAX_QUEUED_S), 2 * self._targets.min_bytes):
            return math.inf
        return max(capped_s, self._pacer.wait_s(now_s))

    def wire_s(self, size_bytes: int) -> float:
        """Return how long `size_bytes` keep the link busy, seconds; 0 as long as the rate is unknown."""
        return 8 * size_bytes / self.rate_bps if self.rate_bps else 0.0

    def highest_bps(self, now_s: float) -> float:
        """Return the highest rate that acks and `max_bitrate` leave possible, bits a second; may be infinite.

        What small pictures told may be far below what the path carries, because they take hardly any time.
        """
        highest_bps = self._delivery_rate.highest_bps(now_s)
        return highest_bps if self.max_bitrate is None else min(highest_bps, self.max_bitrate)

    def start(self, rtt_s: float) -> None:
        """Begin on a path of which only a round trip is known: carefully, unless that is so short that it is local."""
        if self._targets.wire_s is not None and rtt_s >= _FAR_RTT_S:
            self._is_starting, self.reason = True, LayerReason.PROBING

    def admit(self, size_bytes: int, now_s: float, *, is_whole: bool = True) -> bool:
        """Return whether a live picture may be sent; otherwise the layer is now one in which it is not too large.

        Args:
            size_bytes: of the picture, in the layer in force.
            now_s: the time.
            is_whole: whether it needs no other picture.
        """
        last, admitted_bytes = len(self._targets.layers) - 1, self._admitted_bytes(now_s)
        if self._targets.wire_s is None or self._index == last:
            return True
        if size_bytes <= max(admitted_bytes, self._targets.min_bytes):
            return True
        self._sizes.on_encoded(size_bytes, is_whole=is_whole, is_sent=False)
        if size_bytes > _INDEPENDENT * self._rejected_bytes > 0:
            return True
        self._rejected_bytes = size_bytes
        goal_bytes = admitted_bytes
        if self._delivery_rate.rate_bps is not None and not self._is_doubted:
            goal_bytes *= self._targets.wire_s / self._targets.max_admitted_s
        index = self._index + 1
        while index < last and self._sizes.whole_bytes(index) > goal_bytes:
            index += 1
        return not self._move(index, LayerReason.PROBING if self._is_starting else self._limit, now_s)

    def on_sent(
        self,
        seq: int,
        size_bytes: int,
        now_s: float,
        *,
        is_live: bool = True,
        is_whole: bool = True,
        is_small: bool = False,
    ) -> None:
        """Record that frame `seq` was sent.

        Args:
            seq: of the frame.
            size_bytes: of its message.
            now_s: the time.
            is_live: whether it shows a new picture; if not, its size tells nothing of the others.
            is_whole: whether it needs no other picture.
            is_small: whether one that is not live hardly holds up those behind it, so that they tell of the path.
        """
        if is_live:
            self._forget_doubted()
        self._delivery_rate.on_sent(seq, size_bytes, now_s, is_live=is_live or is_small)
        self._limiter.on_sent(size_bytes, now_s)
        # Not for longer than a picture may take, because a rate that small ones told is too low for large ones.
        wire_s = min(self.wire_s(size_bytes), self._targets.max_queue_s)
        self._pacer.on_sent(
            now_s,
            wire_s=wire_s,
            queue_s=max(0.0, self.queue_s - self.wire_s(size_bytes)),
            rtt_s=self._rtt_s,
            min_interval_s=self._page_load.interval_s,
        )
        if is_live:
            self._sizes.on_encoded(size_bytes, is_whole=is_whole, is_sent=True)
            self._rejected_bytes = 0

    def on_ack(self, seq: int, now_s: float, *, rtt_s: float, ack_delay_s: float = 0.0) -> bool:
        """Record the ack of every frame up to `seq`; return whether the layer changed."""
        self._forget_doubted()
        delivery = self._delivery_rate.on_ack(seq, now_s, rtt_s=rtt_s, ack_delay_s=ack_delay_s)
        if delivery is None:
            return False
        self._rtt_s, self.transit_s, self.path_s = rtt_s, delivery.transit_s, delivery.path_s
        self._probe_rtt(delivery, now_s)
        self._page_load.on_delivery(delivery, ack_delay_s=ack_delay_s)
        if not delivery.is_live:
            return False
        self.queue_s = delivery.queue_s
        if delivery.sent_s < self._drained_s:  # it was of another layer, or behind such frames
            return False
        if self._is_starting:
            return self._discover(delivery, now_s)
        self._watch(delivery, now_s)
        return self._lower(delivery, now_s) or self._raise(now_s)

    def on_ack_timeout(self, now_s: float) -> bool:
        """Record that an ack did not come in time; return whether the layer changed."""
        return self._move(self._index + 1, LayerReason.NETWORK, now_s)

    def share(self, index: int) -> None:
        """Take layer `index` instead of the one that was chosen, because others have it already."""
        assert index >= self._index
        if index > self._index:
            self._sizes.move(index)
            self._index, self.reason = index, LayerReason.SHARED

    def reset(self) -> None:
        """Forget the frames in flight, because the viewer starts over."""
        self._delivery_rate.forget_in_flight()
        self._pacer.reset()

    def _probe_rtt(self, delivery: Delivery, now_s: float) -> None:
        self.probed_rtt_s = None
        rate_bps = self._delivery_rate.rate_bps
        if self._targets.wire_s is None or self._is_starting or rate_bps is None or self._rtt_s == math.inf:
            return
        self.probed_rtt_s = self._rtt_probe.on_delivery(delivery, now_s, rtt_s=self._rtt_s, rate_bps=rate_bps)

    def _watch(self, delivery: Delivery, now_s: float) -> None:
        if delivery.queue_s > self._targets.max_queue_s:
            self._late_frames += 1
            self._late_since_s = now_s if self._late_since_s is None else self._late_since_s
        else:
            self._late_frames, self._late_since_s = 0, None
        is_calm = delivery.queue_s < self._targets.calm_s
        self._calm_since_s = (now_s if self._calm_since_s is None else self._calm_since_s) if is_calm else None
        if self._raised_s is not None and now_s - self._raised_s >= _PROVEN_AFTER_S:
            self._raised_s, self._backoff_s = None, _MIN_BACKOFF_S
            if self.reason is LayerReason.PROBING:
                self.reason = self._reason

    def _lower(self, delivery: Delivery, now_s: float) -> bool:
        targets = self._targets
        if self._page_load.latency_s > _MAX_DECODE_S and now_s - self._changed_s > 2 * _PROVEN_AFTER_S:
            return self._move(self._index + 1, LayerReason.DECODING, now_s)
        if self._sizes.next_bytes(self._index) < targets.min_bytes:
            return False
        is_late = self._late_since_s is not None and now_s - self._late_since_s >= targets.patience_s
        is_certain = self._late_frames > 1 or delivery.queue_s > _VERY_LATE * targets.max_queue_s
        largest_bytes = self.highest_bps(now_s) / 8 * targets.max_wire_s
        too_large = targets.wire_s is not None and self._sizes.next_bytes(self._index) > largest_bytes
        if not (is_late and is_certain) and not too_large:
            return False
        return self._move(max(self._fitting(1.0), self._index + 1), self._limit, now_s)

    def _discover(self, delivery: Delivery, now_s: float) -> bool:
        """Raise the layer on a new path as fast as its acks allow; end when it is full, or a queue is seen."""
        is_calm = delivery.queue_s < self._targets.calm_s
        self._is_excused &= delivery.queue_s > _NO_QUEUE_S
        better = self._better(now_s)
        if is_calm and better < self._index:
            self._full_since_s = None
            self._delivery_rate.ignore_in_flight()
            return self._move(better, LayerReason.PROBING, now_s)
        if is_calm and self._full_since_s is None:
            self._full_since_s = now_s
        is_slow_start = delivery.queue_s <= _SLOW_START_RTTS * self._rtt_s and delivery.queue_s > _NO_QUEUE_S
        if is_slow_start and not self._is_excused:
            self._is_excused = True
            self._proven_bytes = max(self._proven_bytes, _PROVEN_MARGIN * delivery.size_bytes)
            self._is_doubted = True
            return False
        # All that the path holds at a time is under way in the layer for the first time.
        if is_calm and self._full_since_s is not None and delivery.sent_s < self._full_since_s + self._rtt_s:
            return False
        self._is_starting = False
        self.reason = self._reason
        self._watch(delivery, now_s)
        return self._lower(delivery, now_s)

    def _forget_doubted(self) -> None:
        # Not before the next picture is measured, because a settled one must not take too long.
        if self._is_doubted:
            self._delivery_rate.forget_rate()
            self._is_doubted = False

    @property
    def _reason(self) -> LayerReason:
        """Why a layer that has held is in force."""
        return LayerReason.FULL if self._index == 0 else self._limit

    def _admitted_bytes(self, now_s: float) -> float:
        """Return how large a picture may be."""
        if self._is_starting and (self._is_doubted or self._delivery_rate.rate_bps is None):
            return self._proven_bytes
        return self.highest_bps(now_s) / 8 * self._targets.max_admitted_s

    @property
    def _limit(self) -> LayerReason:
        """What limits the rate."""
        is_own = self.max_bitrate is not None and self.rate_bps == self.max_bitrate
        return LayerReason.BITRATE if is_own else LayerReason.NETWORK

    def _raise(self, now_s: float) -> bool:
        targets = self._targets
        if self._index == 0 or self._calm_since_s is None:
            return False
        if now_s - max(self._calm_since_s, self._changed_s) < targets.calm_for_s:
            return False
        if targets.wire_s is None:
            return self._move(self._index - 1, LayerReason.PROBING, now_s)
        rate_bps = self.rate_bps or 0.0
        if now_s < self._retry_s and rate_bps < 2 * self._failed_bps:
            return False
        better = self._better(now_s)
        may_probe = now_s >= self._retry_s and self._limit is not LayerReason.BITRATE
        is_probe_small = self._wire_s_of(better - 1) <= targets.max_wire_s
        if better == self._index and may_probe and is_probe_small:
            better -= self._may_begin(better - 1, now_s)
        # A page that was too slow gets no more pixels as long as these would be too slow again.
        scales = targets.layers[better].scale / targets.layers[self._index].scale
        if self._page_load.latency_s * scales**2 > _MAX_DECODE_S:
            return False
        return self._move(better, LayerReason.PROBING, now_s)

    def _better(self, now_s: float) -> int:
        """Return the best layer that the measured rate carries, as far as it may be believed; never a lower one."""
        better = min(self._fitting(_MARGIN), self._index)
        while better < self._index and (self._sizes.growth(better) > _MAX_GROWTH or not self._may_begin(better, now_s)):
            better += 1
        return better

    def _may_begin(self, index: int, now_s: float) -> bool:
        """Return whether the first picture of layer `index` is small enough."""
        size_bytes = max(self._sizes.next_bytes(index), self.coarse_share * self._sizes.whole_bytes(index))
        return size_bytes <= self._admitted_bytes(now_s)

    def _fitting(self, margin: float) -> int:
        """Return the best layer whose pictures take at most `margin` of the time on the wire that they may."""
        if self._targets.wire_s is None:
            return self._index
        for index in range(len(self._targets.layers)):
            if self._wire_s_of(index) <= margin * self._targets.wire_s:
                return index
        return len(self._targets.layers) - 1

    def _wire_s_of(self, index: int) -> float:
        return 8 * self._sizes.next_bytes(index) / self.rate_bps if self.rate_bps else 0.0

    def _move(self, index: int, reason: LayerReason, now_s: float) -> bool:
        index = min(index, len(self._targets.layers) - 1)
        self._late_frames, self._late_since_s, self._calm_since_s = 0, None, None
        if index == self._index:
            return False
        if index > self._index:
            if self._raised_s is not None:  # it was raised in vain
                self._backoff_s = min(2 * self._backoff_s, self._targets.max_backoff_s)
                self._failed_bps = self.rate_bps or 0.0
            self._retry_s = now_s + self._backoff_s
            self._raised_s = None
        else:
            self._raised_s = now_s
            self._retry_s = now_s + self._targets.calm_for_s
        self._sizes.move(index)
        scales = self._targets.layers[index].scale / self._targets.layers[self._index].scale
        self._page_load.on_scaled(scales**2)
        self._drained_s = now_s + (min(self.queue_s, _MAX_QUEUED_S) if index > self._index else 0.0)
        self._index, self._changed_s, self.reason = index, now_s, reason
        return True
