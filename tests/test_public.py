"""What all public names have in common."""

import asyncio
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from support import Owner, aeventually, card, eventually

import marimo_rfb as rfb
from marimo_rfb.errors import OptionError
from marimo_rfb.stream.encoding import Encoding
from marimo_rfb.stream.feed import feed_of
from marimo_rfb.stream.options import StreamOptions
from marimo_rfb.stream.stream import Stream

PLAIN = (int, float)


class TestNumbers:
    """NumPy's integers and floats, and fractions, do wherever a number does."""

    @pytest.mark.parametrize("of", [np.int64, np.uint16])
    def test_sizes_ports_and_counts(self, of: Callable[[int], Any]) -> None:
        async def serve() -> None:
            stream = await rfb.serve(of(64), of(48), port=of(0), quality=of(80), max_viewers=of(3), max_fps=of(20))
            other = stream.server.add_stream("other", of(32), of(16))
            try:
                assert (stream.width, stream.height, stream.target_size) == (64, 48, (64, 48))
                assert (other.width, other.height) == (32, 16)
                assert all(type(side) is int for side in (*stream.target_size, other.width, other.height))
                assert stream.options == StreamOptions(quality=80, max_viewers=3, max_fps=20)
                options = stream.options
                assert all(type(number) is int for number in (options.quality, options.max_viewers))
                stream.configure(quality=of(50))
                assert type(stream.options.quality) is int
                assert rfb.Hub.on_port(np.int64(stream.port)) is stream.server  # type: ignore[arg-type]
            finally:
                await stream.aclose()

        asyncio.run(serve())

    @pytest.mark.parametrize("ratio", [np.float32(2), np.float64(2), np.int64(2), Fraction(2), np.array(2.0)])
    def test_a_pixel_ratio(self, stream: Stream, owner: Owner, ratio: Any) -> None:
        stream.publish(card(), pixel_ratio=ratio)
        Encoding("image/png").start_rendition(feed_of(stream), deliver=owner.packets.extend).request_frame(None, seen=0)
        eventually(lambda: owner.packets)
        assert stream.newest is not None
        assert stream.newest.pixel_ratio == 2.0
        assert type(stream.newest.pixel_ratio) is float

    @pytest.mark.parametrize("fps", [np.float32(50), np.int64(50), Fraction(50)])
    def test_the_rates_of_a_loop_and_an_animation(self, stream: Stream, fps: Any) -> None:
        async def publish() -> None:
            loop = rfb.publish_loop(stream, card, fps=fps)
            await aeventually(lambda: stream.newest)
            loop.cancel()

        asyncio.run(publish())
        view = rfb.animate(fps=fps)(lambda t: card())
        try:
            assert type(view.fps) in PLAIN
            view.fps = fps * 1
            view.seek(fps)
            assert (view.fps, type(view.fps) in PLAIN, type(view.t)) == (50, True, float)
            view.on("pointer_move", max_hz=fps)
        finally:
            view._release_()

    @pytest.mark.parametrize(
        "call",
        [
            lambda stream: stream.configure(quality=np.float64(80)),
            lambda stream: stream.configure(max_viewers=np.True_),
            lambda stream: stream.configure(max_fps=True),
            lambda stream: stream.configure(max_fps=np.float32("nan")),
            lambda stream: stream.publish(card(), pixel_ratio=np.array([2.0])),
            lambda _: rfb.Hub().add_stream("scene", 64.0, 48),  # type: ignore[arg-type]
            lambda _: rfb.Hub().add_stream("scene", np.array([64, 48]), 48),  # type: ignore[arg-type]
            lambda _: rfb.animate(fps=np.array([1, 2]))(card),  # type: ignore[call-overload]
            lambda stream: rfb.publish_loop(stream, card, fps="30"),  # type: ignore[arg-type]
        ],
    )
    def test_what_is_none_is_one_clear_error(self, stream: Stream, call: Callable[[Stream], Any]) -> None:
        with pytest.raises(OptionError, match="got "):
            call(stream)
