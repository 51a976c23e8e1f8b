import importlib.util
import os
import sys
from importlib import import_module
from types import ModuleType

import pytest
import rendercanvas.offscreen

import marimo_rfb as rfb


@pytest.fixture(autouse=True)
def unselected(monkeypatch: pytest.MonkeyPatch) -> None:
    """Undo the selection after the test."""
    monkeypatch.setenv("RENDERCANVAS_BACKEND", "offscreen")
    monkeypatch.setattr(rendercanvas, "rfb", None, raising=False)
    for name in ("rendercanvas.auto", "rendercanvas.rfb"):
        if name in sys.modules:
            monkeypatch.delitem(sys.modules, name)
        else:
            monkeypatch.setitem(sys.modules, name, ModuleType(name))
            monkeypatch.delitem(sys.modules, name)


def test_auto_selects_the_canvases_of_this_package() -> None:
    rfb.use_rendercanvas()
    from rendercanvas.auto import RenderCanvas, loop

    from marimo_rfb.figures.rendercanvas import backend

    assert RenderCanvas is backend.RfbRenderCanvas
    assert loop is backend.loop
    assert os.environ["RENDERCANVAS_BACKEND"] == "rfb"
    assert sys.modules["rendercanvas.rfb"] is backend


def test_modules_that_were_imported_before_get_the_canvases_too(monkeypatch: pytest.MonkeyPatch) -> None:
    auto = import_module("rendercanvas.auto")
    plots = ModuleType("plots")
    plots.RenderCanvas, plots.main_loop = auto.RenderCanvas, auto.loop  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "plots", plots)
    own = auto.RenderCanvas
    rfb.use_rendercanvas()
    from marimo_rfb.figures.rendercanvas import backend

    assert plots.RenderCanvas is backend.RfbRenderCanvas  # type: ignore[attr-defined]
    assert plots.main_loop is backend.loop  # type: ignore[attr-defined]
    assert auto.RenderCanvas is backend.RfbRenderCanvas
    # The other backend itself stays what it is.
    assert rendercanvas.offscreen.RenderCanvas is own


def test_lazy_and_odd_modules_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    spec = importlib.util.find_spec("this")
    assert spec is not None
    assert spec.loader is not None
    spec.loader = importlib.util.LazyLoader(spec.loader)
    lazy = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(lazy)
    for name, module in {"this": lazy, "blocked": None, "odd": object()}.items():
        monkeypatch.setitem(sys.modules, name, module)  # type: ignore[arg-type]
    rfb.use_rendercanvas()
    assert type(lazy) is not ModuleType  # else it was imported


def test_a_second_call_changes_nothing() -> None:
    rfb.use_rendercanvas()
    rfb.use_rendercanvas()
    from rendercanvas.auto import RenderCanvas

    from marimo_rfb.figures.rendercanvas import backend

    assert RenderCanvas is backend.RfbRenderCanvas
