"""Viewers who skip pictures as they like see what was published, although they get only what changed."""

from collections.abc import Sequence

from canvas import Canvas
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from support import Later, noise

from marimo_rfb.encode.base import EncodeOptions
from marimo_rfb.encode.dirty_tiles import Rect
from marimo_rfb.frame import PixelArray
from marimo_rfb.stream.encoder_pool import EncoderPool
from marimo_rfb.stream.encoding import Encoding
from marimo_rfb.stream.latest_frame import LatestFrame
from marimo_rfb.stream.rendition import Rendition
from marimo_rfb.stream.stats import StreamStats
from marimo_rfb.wire.packet import Packet
from marimo_rfb.wire.picture_state import PictureState

WIDTH, HEIGHT = 200, 150


class Viewer:
    """Takes packets as a connection does."""

    def __init__(self) -> None:
        self.canvas = Canvas()
        self.state: PictureState | None = None
        self.is_ready = True

    def offer(self, packet: Packet) -> None:
        if not self.is_ready or not packet.applies_to(self.state):
            return
        if packet.is_news_to(self.state):
            self.canvas.apply(packet.message)
        elif not packet.is_settled:
            return
        self.state = packet.state


class Studio:
    """A rendition and its viewers, with all of their threads."""

    def __init__(self, codecs: tuple[str, ...]) -> None:
        self.latest, self.stats, self.jobs = LatestFrame(), StreamStats(), Later()
        self.encoding = Encoding(codecs[0], codecs, takes_parts=True)
        self.viewers: list[Viewer] = []
        self.newest: list[Packet] = []
        self.failures: list[str] = []
        self.rendition = Rendition(
            self.latest,
            lambda: self.encoding.make_encoder(EncodeOptions(), settles=True),
            stats=self.stats,
            queue=EncoderPool(self.jobs, threads=1).queue("scene"),
            deliver=self.deliver,
            on_error=self.failures.append,
            settle_with=self.encoding.encode_settled,
            in_parts=True,
        )

    def deliver(self, packets: Sequence[Packet]) -> None:
        self.newest = [*packets, *(each for each in self.newest if each.state.position == packets[0].state.position)]
        self.send()

    def send(self) -> None:
        for viewer in self.viewers:
            for packet in self.newest:
                viewer.offer(packet)
        for viewer in self.viewers:
            if viewer.is_ready:
                seen = self.newest[0].state.position if self.newest else 0
                self.rendition.request_frame(viewer.state, seen=seen)

    def join(self) -> Viewer:
        viewer = Viewer()
        self.viewers.append(viewer)
        self.send()
        return viewer

    def publish(self, pixels: PixelArray, dirty: Sequence[Rect] | None = None) -> None:
        tone = self.latest.newest.tone if self.latest.newest is not None else None
        self.latest.put(pixels, tone=tone, dirty=dirty)
        self.rendition.schedule()

    def rest(self) -> None:
        """Let everybody get the newest picture, and after that the settled one."""
        for viewer in self.viewers:
            viewer.is_ready = True
        self.send()
        self.jobs.work()
        self.rendition.settle()
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

    @rule()
    def join(self) -> None:
        if len(self.studio.viewers) < 4:
            self.studio.join()

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
        self.studio.rendition.settle()

    @rule(number=st.integers(0, 3))
    def settle_without_a_viewer(self, number: int) -> None:
        self.studio.jobs.work()
        self.hold_a_viewer(number, is_ready=False)
        self.studio.rendition.settle()
        self.studio.jobs.work()

    @rule()
    def rest(self) -> None:
        self.studio.rest()
        for viewer in self.studio.viewers:
            assert viewer.canvas.shows(self.pixels)
            assert viewer.state is not None
            assert viewer.state.is_final
        assert self.studio.failures == []
        assert self.studio.stats.encode_errors == 0

    @invariant()
    def png_is_exact_at_once(self) -> None:
        studio = self.studio
        if studio.encoding.codec != "image/png" or studio.jobs.jobs:
            return
        for viewer in studio.viewers:
            if viewer.is_ready and viewer.state is not None:
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
