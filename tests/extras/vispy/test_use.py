"""Selecting vispy's back end: `make test-extras`."""

import ctypes.util
import subprocess
import sys
from typing import Any

import pytest
from kernel import Cell

import marimo_rfb as rfb
from marimo_rfb.errors import OptionError

vispy: Any = pytest.importorskip("vispy")
from vispy import app  # noqa: E402


def run(script: str) -> str:
    """Return what a script prints, in a process of its own."""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_canvases_and_timers_that_are_made_later_use_it() -> None:
    assert app.use_app().backend_name == "rfb"
    vispy.use(app="rfb")
    assert app.Canvas(size=(20, 10)).app.backend_name == "rfb"
    assert app.Canvas(size=(20, 10), app="rfb").app.backend_name == "rfb"
    app.run()
    app.process_events()


class OtherApplication(app.Application):
    """An application of another back end."""

    backend_name = "Qt"


def test_it_is_selected_after_another_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vispy.app._default_app.default_app", OtherApplication("rfb"))
    assert app.use_app().backend_name == "Qt"
    rfb.use_vispy()
    assert app.use_app().backend_name == "rfb"


def test_a_canvas_of_another_back_end_is_refused_with_what_to_do(cell: Cell) -> None:
    with pytest.raises(OptionError, match=r"its back end Qt; call rfb.use_vispy\(\) before you create the canvas"):
        rfb.figure(app.Canvas(app=OtherApplication("rfb"), create_native=False))


def test_a_canvas_can_be_rendered_without_a_notebook() -> None:
    canvas = app.Canvas(size=(20, 10))
    with pytest.warns(UserWarning, match="no notebook runs"):
        canvas.show()
    assert canvas.render().shape == (10, 20, 4)


def without(*libraries: str) -> str:
    """Return lines that hide libraries."""
    return (
        "import ctypes.util; find = ctypes.util.find_library\n"
        f"ctypes.util.find_library = lambda name: None if name in {libraries} else find(name)\n"
        "import numpy as np, marimo_rfb as rfb; rfb.use_vispy(); from vispy import app, gloo, scene\n"
    )


def test_without_opengl_the_error_says_what_to_install() -> None:
    script = "try:\n    app.Canvas()\nexcept rfb.RfbError as exc:\n    print(exc)"
    told = run(without("EGL", "OSMesa") + script)
    assert "apt install libegl1 libgl1" in told
    assert "there is no libEGL" in told


@pytest.mark.skipif(ctypes.util.find_library("OSMesa") is None, reason="there is no OSMesa")
def test_without_egl_osmesa_draws_the_same() -> None:
    script = (
        "canvas = scene.SceneCanvas(size=(64, 48), bgcolor='white')\n"
        "scene.visuals.Ellipse((30, 20), color='red', parent=canvas.scene)\n"
        "canvas.native.draw()\n"
        "assert np.array_equal(canvas.native._framebuffer.read(), canvas.render(alpha=False))\n"
        "print(type(canvas.native.context).__name__, canvas.render().sum())"
    )
    (osmesa, drawn), (egl, wanted) = (run(without(*names) + script).split() for names in (("EGL",), ("OSMesa",)))
    assert (osmesa, egl) == ("OsMesaContext", "EglContext")
    assert drawn == wanted


def test_importing_the_package_and_showing_figures_imports_no_vispy() -> None:
    script = (
        "import sys, marimo_rfb as rfb; rfb.use_vispy\n"
        "try:\n    rfb.figure(None)\nexcept rfb.OptionError:\n    print('vispy' in sys.modules)"
    )
    assert run(script) == "False"
