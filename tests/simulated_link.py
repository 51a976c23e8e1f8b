"""A path in virtual time: a publisher, a viewer's controller, a link, and a page that decodes and acks."""

import heapq
import itertools
import math
import random
from collections.abc import Callable
from dataclasses import dataclass, field

from marimo_rfb.flow.congestion_window import CongestionWindow
from marimo_rfb.flow.layer_controller import LayerController
from marimo_rfb.flow.quality_level import QualityLevel

__all__ = ["Shown", "SimulatedPath"]


QUEUE_BYTES = 64 << 10


@dataclass(frozen=True)
class Shown:
    """A picture that the page has shown.

    Attributes:
        at_s: when.
        age_s: since it was published.
        size_bytes: of it.
        index: its layer.
    """

    at_s: float
    age_s: float
    size_bytes: int
    index: int


@dataclass
class SimulatedPath:
    """Publishes `fps` frames a second whose best encoding has `full_bytes`; all but `shown` may change."""

    controller: LayerController
    full_bytes: int = 200_000
    fps: float = 30.0
    rate_bps: float = 1e9
    delay_s: float = 0.01
    jitter_s: float = 0.0
    decode_s: float = 0.005
    seed: int = 0
    now_s: float = 0.0
    shown: list[Shown] = field(default_factory=list)
    sizes: Callable[[QualityLevel, int], int] = lambda level, full_bytes: int(full_bytes * level.relative_bytes) + 300

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)
        self._window = CongestionWindow()
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()
        self._seq = 0
        self._published_s: float | None = None
        self._link_free_s = self._arrived_s = self._page_free_s = 0.0
        self._on_publish()

    @property
    def rtt_s(self) -> float:
        return 2 * self.delay_s

    @property
    def in_flight(self) -> int:
        return self._window.in_flight

    def run(self, for_s: float) -> list[Shown]:
        """Let `for_s` seconds pass; return what was shown in them."""
        end_s, before = self.now_s + for_s, len(self.shown)
        while self._due[0][0] <= end_s:
            self.now_s, _, act = heapq.heappop(self._due)
            act()
        self.now_s = end_s
        return self.shown[before:]

    def _at(self, at_s: float, act: Callable[[], None]) -> None:
        heapq.heappush(self._due, (at_s, next(self._order), act))

    def _on_publish(self) -> None:
        self._published_s = self.now_s
        self._at(self.now_s + 1 / self.fps, self._on_publish)
        self._window.on_rtt(self.rtt_s, self.now_s)
        self._send()

    def _send(self) -> None:
        if self._published_s is None or not self._window.has_credit:
            return
        wait_s = self.controller.wait_s(self._window.rtt_s or 0.0, self.now_s)
        if wait_s > 0:
            return None if wait_s == math.inf else self._at(self.now_s + wait_s + 1e-6, self._send)
        # As the kernel and `SendBuffer`: while the queue before the link is full, nothing is sent.
        room_s = self._link_free_s - 8 * QUEUE_BYTES / self.rate_bps
        if room_s > self.now_s:
            return self._at(room_s + 1e-6, self._send)
        published_s, self._published_s = self._published_s, None
        self._seq += 1
        seq, index = self._seq, self.controller.index
        size_bytes = self.sizes(self.controller.layers[index], self.full_bytes)
        self._window.on_sent(seq)
        self.controller.on_sent(seq, size_bytes, self.now_s)
        self._link_free_s = max(self._link_free_s, self.now_s) + 8 * size_bytes / self.rate_bps
        self._arrived_s = max(self._arrived_s, self._link_free_s + self.delay_s + self._random.random() * self.jitter_s)
        arrived_s = self._arrived_s
        self._page_free_s = max(self._page_free_s, arrived_s) + self.decode_s
        shown_s = self._page_free_s
        shown = Shown(shown_s, shown_s - published_s, size_bytes, index)
        self._at(shown_s, lambda: self.shown.append(shown))
        self._at(shown_s + self.delay_s, lambda: self._on_ack(seq, shown_s - arrived_s))

    def _on_ack(self, seq: int, ack_delay_s: float) -> None:
        self._window.on_ack(seq, self.now_s)
        self.controller.on_ack(seq, self.now_s, rtt_s=self._window.rtt_s or 0.0, ack_delay_s=ack_delay_s)
        self._send()
