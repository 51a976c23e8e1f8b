import sys

import pytest

import marimo_rfb as rfb


def test_without_vispy_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "vispy", None)
    with pytest.raises(rfb.RfbError, match=r"vispy is not installed: pip install 'marimo-rfb\[vispy\]'"):
        rfb.use_vispy()
