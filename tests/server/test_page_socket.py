import asyncio
from typing import Any

import pytest

from marimo_rfb.server import proxy
from marimo_rfb.server.page_socket import PageSocket
from marimo_rfb.stream.stream import Stream


async def test_the_socket_of_a_page_is_known_on_the_server_that_marimo_runs(
    site: Any, stream: Stream, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages: list[PageSocket] = []

    def made(receive: Any) -> PageSocket:
        pages.append(PageSocket(receive))
        return pages[-1]

    monkeypatch.setattr(proxy, "PageSocket", made)
    async with site.watching(stream):
        assert [page.is_known for page in pages] == [True]


async def test_on_a_server_that_is_not_known_nothing_is_waited_for() -> None:
    async def receive() -> dict[str, str]:
        return {}

    page = PageSocket(receive)
    assert not page.is_known
    async with asyncio.timeout(1):
        await page.drained()
