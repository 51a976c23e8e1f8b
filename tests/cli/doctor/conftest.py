from collections.abc import Iterator

import pytest

from marimo_rfb.hub.hub import Hub


@pytest.fixture
def hub() -> Iterator[Hub]:
    hub = Hub()
    hub.start()
    yield hub
    hub.close()
