"""Settings for all Python tests."""

import pytest
from hypothesis import HealthCheck, settings
from support import Owner

from marimo_rfb.stream.options import StreamOptions
from marimo_rfb.stream.stream import Stream

# A busy machine is slow, not wrong.
settings.register_profile("rfb", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("rfb")


@pytest.fixture
def owner() -> Owner:
    return Owner()


@pytest.fixture
def stream(owner: Owner) -> Stream:
    return Stream("scene", 64, 48, options=StreamOptions(), owner=owner, token="t" * 32)
