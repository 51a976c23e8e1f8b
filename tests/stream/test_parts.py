"""Viewers who skip pictures as they like see what was published, although they get only what changed."""

from collections.abc import Sequence

from canvas import Canvas
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from support import Later, noise

from marimo_rfb.encode.base import EncodeOptions
from marimo_rfb.encode.dirty_tiles import Rect, mask_of_rects
from marimo_rfb.flow.quality_level import FULL_QUALITY, QualityLevel
from marimo_rfb.frame import PixelArray
from marimo_rfb.stream.encoder_pool import EncoderPool
from marimo_rfb.stream.encoding import Encoding
from marimo_rfb.stream.latest_frame import LatestFrame
from marimo_rfb.stream.picture_history import PictureHistory
from marimo_rfb.stream.rendition import Rendition
from marimo_rfb.stream.stats import StreamStats
from marimo_rfb.wire.packet import Packet
from marimo_rfb.wire.picture_state import EXACT, PictureState

WIDTH, HEIGHT = 200, 150
# Of a fast link, and of one that takes pictures of half the size and less than that at a time.
LEVELS = (FULL_QUALITY, QualityLevel(quality=50, scale=0.5, rank=11))
MAX_BYTES = (1 << 20, 3000)


class Viewer:
    """Takes packets as a connection does."""

    def __init__(self, layer: int) -> None:
        self.canvas = Canvas()
        self.state: PictureState | None = None
        self.is_ready = True
        self.layer = layer

    def offer(self, packet: Packet) -> None:
        update = packet.update
        if not (self.is_ready and packet.seq > self.canvas.seq):
            return
        if update.applies_to(self.state) and update.is_news_to(self.state):
            self.canvas.apply(packet.message)
            self.state = update.after(self.state)
            # What a page is told is never better than what it has.
            assert not self.canvas.lossless or self.state.worst == EXACT


class Layer:
    """A rendition and what it delivered last, as an `ActiveRendition` has it."""

    def __init__(self, studio: "Studio", level: QualityLevel) -> None:
        self.encoding = Encoding(studio.codecs[0], studio.codecs, level, takes_parts=True)
        self.newest: list[Packet] = []
        self.deliveries = 0
        self.studio = studio
        self.rendition = Rendition(
            studio.latest,
            lambda: self.encoding.make_encoder(EncodeOptions(), settles=True),
            stats=studio.stats,
            queue=studio.pool.queue("scene"),
            deliver=self.deliver,
            on_error=studio.failures.append,
            history=studio.history,
            level=level,
            refine_with=self.encoding.refine,
            in_parts=True,
        )

    def deliver(self, packets: Sequence[Packet]) -> None:
        self.deliveries += 1
        self.newest = [each for each in self.newest if each.frame_seq == packets[0].frame_seq] + list(packets)
        self.studio.send()


class Studio:
    """A stream's renditions and its viewers, with all of their threads."""

    def __init__(self, codecs: tuple[str, ...]) -> None:
        self.codecs = codecs
        self.latest, self.stats, self.jobs = LatestFrame(), StreamStats(), Later()
        self.pool = EncoderPool(self.jobs, threads=1)
        self.now_s = 0.0
        self.history = PictureHistory(self.latest.dirty_since, clock=lambda: self.now_s)
        self.viewers: list[Viewer] = []
        self.failures: list[str] = []
        self.layers = [Layer(self, level) for level in LEVELS]

    def send(self) -> None:
        for viewer in self.viewers:
            for packet in self.layers[viewer.layer].newest:
                if viewer.state is None and packet.seq <= viewer.canvas.seq:
                    packet = packet.numbered(self.latest.next_seq())
                viewer.offer(packet)
        for viewer in self.viewers:
            if viewer.is_ready:
                layer = self.layers[viewer.layer]
                layer.rendition.request_frame(viewer.state, seen=layer.deliveries)

    def join(self, layer: int = 0) -> Viewer:
        viewer = Viewer(layer)
        self.viewers.append(viewer)
        self.send()
        return viewer

    def publish(self, pixels: PixelArray, dirty: Sequence[Rect] | None = None) -> None:
        tone = self.latest.newest.tone if self.latest.newest is not None else None
        tiles = None if dirty is None else mask_of_rects(dirty, width=WIDTH, height=HEIGHT)
        self.latest.put(pixels, tone=tone, dirty=tiles)
        for layer in self.layers:
            layer.rendition.schedule()

    def settle(self, *, rest_s: float = 0.0) -> bool:
        """Ask for better pictures, as a fanout does; return whether anybody lacks them."""
        lacking = [each for each in self.viewers if each.is_ready and each.state and each.state.worst < EXACT]
        for number, layer in enumerate(self.layers):
            states = {each.state for each in lacking if each.state is not None and each.layer == number}
            if states:
                layer.rendition.refine(states, max_bytes=MAX_BYTES[number], rest_s=rest_s)
        return bool(lacking)

    def rest(self) -> None:
        """Let everybody get the newest picture, and after that better ones until it is exact."""
        for viewer in self.viewers:
            viewer.is_ready = True
        self.send()
        self.jobs.work()
        for viewer in self.viewers:
            assert viewer.state is not None
            assert viewer.state.worst >= LEVELS[viewer.layer].rank
        for _ in range(3):  # as well as a lossy format can, without loss, and for those who were not in time for these
            self.settle()
            self.jobs.work()


def stamped(pixels: PixelArray, x: int, y: int, size: int, value: int) -> PixelArray:
    after = pixels.copy()
    after[y : y + size, x : x + size] = value
    return after


class AnyCourse(RuleBasedStateMachine):
    """Whatever happens in whatever order, after a rest everybody sees exactly what was published last."""

    @initialize(codecs=st.sampled_from([("image/png",), ("image/jpeg", "image/png"), ("image/webp", "image/png")]))
    def start(self, codecs: tuple[str, ...]) -> None:
        self.studio = Studio(codecs)
        self.pixels = noise(WIDTH, HEIGHT)
        self.studio.join()
        self.studio.publish(self.pixels)

    @rule(x=st.integers(0, WIDTH - 8), y=st.integers(0, HEIGHT - 8), size=st.integers(1, 60), value=st.integers(0, 255))
    def change_a_part(self, x: int, y: int, size: int, value: int) -> None:
        self.pixels = stamped(self.pixels, x, y, size, value)
        self.studio.publish(self.pixels)

    @rule(x=st.integers(0, WIDTH - 8), y=st.integers(0, HEIGHT - 8), size=st.integers(1, 8), value=st.integers(0, 255))
    def change_a_part_and_say_where(self, x: int, y: int, size: int, value: int) -> None:
        self.pixels = stamped(self.pixels, x, y, size, value)
        self.studio.publish(self.pixels, [Rect(x, y, size, size)])

    @rule(seed=st.integers(1, 3))
    def change_everything(self, seed: int) -> None:
        self.pixels = noise(WIDTH, HEIGHT, seed=seed)
        self.studio.publish(self.pixels)

    @rule(width=st.sampled_from([WIDTH, WIDTH - 3]))
    def change_the_size(self, width: int) -> None:
        self.pixels = noise(width, HEIGHT)
        self.studio.publish(self.pixels)

    @rule()
    def change_nothing(self) -> None:
        self.studio.publish(self.pixels.copy())

    @rule(layer=st.integers(0, 1))
    def join(self, layer: int) -> None:
        if len(self.studio.viewers) < 4:
            self.studio.join(layer)

    @rule(number=st.integers(0, 3), layer=st.integers(0, 1))
    def change_the_layer(self, number: int, layer: int) -> None:
        self.studio.viewers[number % len(self.studio.viewers)].layer = layer
        self.studio.send()

    @rule(number=st.integers(0, 3), is_ready=st.booleans())
    def hold_a_viewer(self, number: int, is_ready: bool) -> None:
        viewer = self.studio.viewers[number % len(self.studio.viewers)]
        viewer.is_ready = is_ready
        self.studio.send()

    @rule(most=st.integers(1, 5))
    def work(self, most: int) -> None:
        self.studio.jobs.work(most)

    @rule()
    def settle(self) -> None:
        self.studio.settle()

    @rule(passed_s=st.sampled_from([0.0, 0.5, 1.0]))
    def settle_what_rests(self, passed_s: float) -> None:
        self.studio.now_s += passed_s
        self.studio.settle(rest_s=1.0)

    @rule(number=st.integers(0, 3))
    def settle_without_a_viewer(self, number: int) -> None:
        self.studio.jobs.work()
        self.hold_a_viewer(number, is_ready=False)
        self.studio.settle()
        self.studio.jobs.work()

    @rule()
    def rest(self) -> None:
        self.studio.rest()
        for viewer in self.studio.viewers:
            assert viewer.canvas.shows(self.pixels)
            assert viewer.state is not None
            assert viewer.state.worst == EXACT
        assert not self.studio.settle()
        assert self.studio.failures == []
        assert self.studio.stats.encode_errors == 0

    @invariant()
    def png_is_exact_at_once(self) -> None:
        studio = self.studio
        if studio.codecs[0] != "image/png" or studio.jobs.jobs:
            return
        for viewer in studio.viewers:
            if viewer.is_ready and viewer.state is not None and viewer.state.worst == EXACT:
                assert viewer.canvas.shows(self.pixels)


AnyCourse.TestCase.settings = settings(max_examples=40, stateful_step_count=40, deadline=None)
TestAnyCourse = AnyCourse.TestCase


@settings(max_examples=20)
@given(st.lists(st.booleans(), min_size=1, max_size=12))
def test_a_viewer_that_skips_pictures_gets_what_changed_meanwhile(ready: list[bool]) -> None:
    studio = Studio(("image/png",))
    quick, slow = studio.join(), studio.join()
    pixels = noise(WIDTH, HEIGHT)
    studio.publish(pixels)
    studio.jobs.work()
    for number, is_ready in enumerate([*ready, True]):
        slow.is_ready = is_ready
        studio.send()
        pixels = stamped(pixels, 16 * (number % 10), 16 * (number % 8), 8, number)
        studio.publish(pixels)
        studio.jobs.work()
        assert quick.canvas.shows(pixels)
        assert slow.canvas.shows(pixels) == is_ready
    assert 0 not in quick.canvas.parts[1:]
    assert 0 not in slow.canvas.parts[1:]
