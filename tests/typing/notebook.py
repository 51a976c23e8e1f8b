"""Options as notebooks write them, for type checkers alone: a line is wrong where it ends with `error`."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, assert_type

import numpy as np

import marimo_rfb as rfb

picture = np.zeros((48, 64, 3), np.uint8)


# Right.

assert_type(rfb.frame(picture), rfb.View)
assert_type(rfb.frame(picture, name="left", max_fps=10, height=300, alt="a lake", quality=95), rfb.View)
rfb.frame(picture, width="full", aspect="frame", fit="cover", zoom_by="gesture", settle=None, formats=["image/png"])
rfb.frame(picture, width=640, aspect=1.5, zoom=2, region=(0, 0, 32, 24), toolbar=[rfb.Tool.PLAY, "screenshot"])
rfb.frame(picture, region=np.array([0, 0, 32, 24]), toolbar=list(rfb.Tool), resize_policy="match_client")
rfb.frame(picture, region=None, toolbar=("play",), url="ws://example.org/scene", token="secret", port=8000)
rfb.frame(picture, vmin=0, vmax=4095.5, cmap="viridis", gamma=0.5)
rfb.frame(picture, vmin=None, vmax=None, cmap=None, order="bgr")
assert_type(rfb.figure(object(), keep_limits=True, subsampling="4:4:4", toolbar=["home", "save"]), rfb.View)
assert_type(rfb.show(picture, name="left", max_fps=10, height=300), rfb.View)


@rfb.animate
def bare(t: float) -> Any:
    return picture


@rfb.animate(60, height=300, max_fps=20, show_stats=True)
def with_rate(t: float) -> Any:
    return picture


@rfb.animate(fps=30, when_hidden="run", executor=ThreadPoolExecutor(2), scope="app", interactive=False)
async def with_tick(t: float, tick: rfb.Tick) -> Any:
    return picture


assert_type(bare, rfb.View)
assert_type(with_rate, rfb.View)
assert_type(with_tick, rfb.View)
assert_type(rfb.animate(lambda t: picture, 20, name="waves", linked="pair", quality=70), rfb.View)
assert_type(rfb.animate(quality=70), Callable[[Callable[..., Any]], rfb.View])

stream = rfb.stream("camera", 640, 480, scope="app", quality=70, max_fps=None, formats=("image/jpeg",))
assert_type(stream, rfb.Stream)
stream.configure(vmin=10, cmap="magma_r", gamma=2, order="rgba")
stream.configure(quality=90, max_viewers=3, settle=0.5, resize_policy="fixed")
assert_type(stream.view(name="left", height=300, max_fps=20, codec="image/png"), rfb.View)
assert_type(stream.widget(), rfb.RfbViewer)
assert_type(stream.widget(batteries=True, height=300, show_toolbar=False), rfb.RfbViewer)
assert_type(stream.widget(batteries=False, height=300, host="localhost"), rfb.RfbCanvas)


def either(batteries: bool) -> rfb.RfbCanvas:
    return stream.widget(batteries=batteries, paused=True)


async def served() -> None:
    scene = await rfb.serve(640, 480, port=8000, token=False, quality=70, max_fps=20)
    assert_type(scene, rfb.Stream)
    hub = await rfb.serve_server(host="0.0.0.0")
    assert_type(hub, rfb.Hub)
    assert_type(hub.add_stream("other", 64, 48, settle=None), rfb.Stream)
    await asyncio.create_task(rfb.serve(64, 48))


assert_type(asyncio.run(rfb.serve(64, 48)), rfb.Stream)


# A name that there is not.

rfb.frame(picture, heigth=300)  # error
rfb.figure(object(), heigth=300)  # error
rfb.show(picture, keep_limits=True)  # error
rfb.frame(picture, fps=30)  # error
rfb.frame(picture, state="open")  # error
rfb.frame(picture, poster=b"")  # error
rfb.animate(lambda t: picture, heigth=300)  # error
rfb.animate(60, heigth=300)  # error
rfb.animate(heigth=300)  # error
rfb.stream("camera", height_px=300)  # error
stream.configure(qualty=90)  # error
stream.configure(height=300)  # error
stream.view(heigth=300)  # error
stream.widget(heigth=300)  # error
stream.widget(batteries=False, heigth=300)  # error
stream.widget(quality=90)  # error
stream.widget(stream="other")  # error
stream.server.add_stream("other", 64, 48, qualty=90)  # error
rfb.Hub().add_stream("other", 64, 48, qualty=90)  # error
asyncio.run(rfb.serve(64, 48, qualty=90))  # error


# A value of the wrong type.

rfb.frame(picture, height="300")  # error
rfb.frame(picture, width=None)  # error
rfb.frame(picture, region="left")  # error
rfb.frame(picture, max_fps="10")  # error
rfb.frame(picture, vmin="0")  # error
rfb.frame(picture, gamma=None)  # error
rfb.animate(lambda t: picture, resizable="yes")  # error
rfb.animate(60, zoom="2")  # error
rfb.stream("camera", quality="90")  # error
stream.configure(formats="image/png")  # error
stream.configure(max_viewers=None)  # error
stream.view(alt=3)  # error
stream.widget(port="8000")  # error
stream.widget(batteries="no")  # error
rfb.Hub().add_stream("other", 64, 48, settle="1")  # error
asyncio.run(rfb.serve(64, 48, quality=90.5))  # error


# A word that is none of those there are.

rfb.frame(picture, fit="cove")  # error
rfb.frame(picture, subsampling="4:2:2")  # error
rfb.frame(picture, width="half")  # error
rfb.frame(picture, toolbar=["play", "stop"])  # error
rfb.frame(picture, toolbar="play")  # error
rfb.animate(lambda t: picture, zoom_by="wheel")  # error
rfb.animate(60, when_hidden="stop")  # error
rfb.stream("camera", scope="process")  # error
stream.configure(resize_policy="match")  # error
stream.configure(order="grb")  # error
stream.view(aspect="picture")  # error
stream.widget(batteries=False, fit="cove")  # error
asyncio.run(rfb.serve(64, 48, resize_policy="match"))  # error
