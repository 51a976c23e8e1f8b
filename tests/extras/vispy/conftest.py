"""What the tests of vispy's back end share."""

from collections.abc import Iterator
from typing import Any

import pytest
from fake_screen import FakeScreen
from notebook_fixtures import cell, notebook, nothing_left, session

import marimo_rfb as rfb

__all__ = ["cell", "notebook", "nothing_left", "session"]

pytest.importorskip("vispy")


@pytest.fixture(autouse=True)
def _use_vispy() -> None:
    rfb.use_vispy()


@pytest.fixture
def canvas() -> Iterator[Any]:
    """Return a canvas of 320 x 240 with a red box, which a camera can turn, and a label."""
    from vispy import scene

    canvas = scene.SceneCanvas(size=(320, 240), bgcolor="white", config={"depth_size": 16})
    view = canvas.central_widget.add_view()
    view.camera = scene.TurntableCamera(azimuth=30, elevation=30, distance=5, fov=45)
    scene.visuals.Box(1, 1, 1, color="red", edge_color="black", parent=view.scene)
    scene.visuals.Text("box", pos=(40, 20), color="blue", parent=canvas.scene)
    canvas.unfreeze()
    canvas.camera = view.camera
    yield canvas
    canvas.close()


@pytest.fixture
def screen(canvas: Any) -> FakeScreen:
    """Return a screen that shows the canvas."""
    screen = FakeScreen()
    canvas.native.attach(screen)
    canvas.native.restart()
    screen.idle()
    return screen
