"""Canvases in the views of a notebook."""

import asyncio

import numpy as np
from kernel import Cell, Notebook
from support import aeventually

import marimo_rfb as rfb
from marimo_rfb.figures.rendercanvas.backend import RfbRenderCanvas
from marimo_rfb.notebook.hosts.session import Session


async def kernel_idle() -> None:
    """Wait until the kernel has done what it was told to do before."""
    done = asyncio.Event()
    Session.current().call_soon(done.set)
    await done.wait()


def test_a_view_that_nobody_looks_at_any_more_does_not_resize_the_canvas_of_another(notebook: Notebook) -> None:
    async def scenario() -> None:
        canvas = RfbRenderCanvas(size=(48, 36))
        context = canvas.get_bitmap_context()
        canvas.request_draw(lambda: context.set_bitmap(np.zeros(canvas.get_physical_size()[::-1], np.uint8)))
        with notebook.running(Cell()):
            one, other = rfb.figure(canvas, name="one"), rfb.figure(canvas, name="other")
        for view, size in ((one, (48, 36)), (other, (32, 24))):
            view.stream.audience.update(viewers=1, watching=1, size=size)
            view.stream.audience.set_target_size(size)
            await aeventually(lambda size=size: canvas.get_physical_size() == size)
        one.stream.audience.update(viewers=1, watching=0, size=(48, 36))
        await kernel_idle()
        assert canvas.get_physical_size() == (32, 24)
        one.stream.audience.update(viewers=1, watching=1, size=(48, 36))
        await aeventually(lambda: canvas.get_physical_size() == (48, 36))
        canvas.close()

    asyncio.run(scenario())
