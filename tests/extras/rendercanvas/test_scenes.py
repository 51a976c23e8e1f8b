"""Scenes of pygfx and fastplotlib in views, without a page."""

import asyncio
from typing import Any

import fastplotlib as fpl
import numpy as np
import pygfx as gfx
import pytest
from kernel import Cell, Notebook
from rendercanvas.offscreen import OffscreenRenderCanvas
from support import act, aeventually

import marimo_rfb as rfb
from marimo_rfb.errors import OptionError
from marimo_rfb.figures.rendercanvas.backend import RfbRenderCanvas


def cube(canvas: Any) -> Any:
    """Have `canvas` show a cube; return its renderer."""
    renderer = gfx.WgpuRenderer(canvas)
    scene = gfx.Scene().add(
        gfx.Mesh(gfx.box_geometry(1, 1, 1), gfx.MeshBasicMaterial(color="#ff8000", pick_write=True))
    )
    camera = gfx.PerspectiveCamera(50, 4 / 3)
    camera.local.position = (1, 1, 3)
    camera.look_at((0, 0, 0))
    scene.add(camera)
    canvas.request_draw(lambda: renderer.render(scene, camera))
    return renderer


def pixels(view: rfb.View) -> np.ndarray:
    assert view.stream.newest is not None
    return view.stream.newest.pixels


def test_a_view_shows_what_pygfx_draws_off_screen(cell: Cell) -> None:
    canvas = RfbRenderCanvas(size=(80, 60))
    cube(canvas)
    view = rfb.figure(canvas)
    canvas.force_draw()
    own = OffscreenRenderCanvas(size=(80, 60))
    cube(own)
    # Where there is no background, the alpha is 0; canvases are opaque.
    assert np.array_equal(pixels(view), np.asarray(own.draw())[..., :3])


def test_what_draws_on_a_canvas_is_shown_too(notebook: Notebook) -> None:
    with notebook.running(Cell()):
        canvas = RfbRenderCanvas(size=(80, 60))
        views = [rfb.figure(cube(canvas)), rfb.figure(gfx.Display(canvas=canvas)), rfb.show(canvas)]
    canvas.force_draw()
    assert [view.width for view in views] == [80, 80, 80]
    assert len({view.stream for view in views}) == 3
    assert all(pixels(view).any() for view in views)


def test_a_figure_of_fastplotlib_is_started(cell: Cell) -> None:
    figure = fpl.Figure(size=(240, 180))
    assert isinstance(figure.canvas, RfbRenderCanvas)
    figure[0, 0].add_image(np.eye(8, dtype=np.float32))
    view = rfb.figure(figure)
    figure.canvas.force_draw()
    assert pixels(view).std() > 10
    assert isinstance(fpl.Figure(canvas="rfb").canvas, RfbRenderCanvas)


def test_a_subplot_shows_its_figure(cell: Cell) -> None:
    figure = fpl.Figure(size=(240, 180))
    figure[0, 0].add_image(np.eye(8, dtype=np.float32))
    view = rfb.figure(figure[0, 0])
    figure.canvas.force_draw()
    assert pixels(view).std() > 10


def test_what_is_in_a_scene_is_refused_with_what_to_do(cell: Cell) -> None:
    for thing in (gfx.Scene(), gfx.Mesh()):
        with pytest.raises(OptionError, match="pass the renderer that draws it"):
            rfb.figure(thing)


def test_a_canvas_of_another_backend_is_refused_with_what_to_do(cell: Cell) -> None:
    with pytest.raises(OptionError, match=r"OffscreenRenderCanvas of rendercanvas.offscreen, .*use_rendercanvas\(\)"):
        rfb.figure(OffscreenRenderCanvas(size=(8, 8)))


def test_a_canvas_that_was_closed_is_refused(cell: Cell) -> None:
    canvas = RfbRenderCanvas(size=(8, 8))
    canvas.close()
    with pytest.raises(OptionError, match="this canvas was closed"):
        rfb.figure(canvas)


def test_a_press_picks_what_is_there(cell: Cell) -> None:
    picked: list[Any] = []

    async def scenario() -> None:
        canvas = RfbRenderCanvas(size=(80, 60))
        renderer = cube(canvas)
        view = rfb.figure(canvas)
        canvas.force_draw()
        renderer.add_event_handler(lambda event: picked.append(event.pick_info["world_object"]), "pointer_down")
        act(view.stream, "pointer_down", x=40, y=30, button=1, buttons=[1])
        await aeventually(lambda: picked)
        canvas.close()

    asyncio.run(scenario())
    assert isinstance(picked[0], gfx.Mesh)
