"""Settings for all Python tests."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from support import Owner

from marimo_rfb.stream.options import StreamOptions
from marimo_rfb.stream.stream import Stream

# Also of the processes that tests start.
_LIGHT = str(Path(__file__).parent / "light")
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [_LIGHT, os.environ.get("PYTHONPATH")]))

# A busy machine is slow, not wrong.
settings.register_profile("rfb", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("rfb")


@pytest.fixture
def owner() -> Owner:
    return Owner()


@pytest.fixture
def stream(owner: Owner) -> Stream:
    return Stream("scene", 64, 48, options=StreamOptions(), owner=owner, token="t" * 32)
