"""Fixtures of scenes that wgpu draws."""

import pytest
from notebook_fixtures import cell, notebook, nothing_left, session

import marimo_rfb as rfb

__all__ = ["cell", "notebook", "nothing_left", "session"]

wgpu = pytest.importorskip("wgpu")
# At once, because fastplotlib cannot be imported where rendercanvas finds no backend.
rfb.use_rendercanvas()


@pytest.fixture(autouse=True)
def adapter() -> None:
    """Skip where wgpu finds nothing to draw with, not even Mesa."""
    if not wgpu.gpu.enumerate_adapters_sync():
        pytest.skip("there is no Vulkan, Metal or Direct3D here")
