import asyncio
import threading
from types import SimpleNamespace

import pytest
from support import aeventually

from marimo_rfb.notebook.events import throttled_state
from marimo_rfb.notebook.events.audience_getters import AudienceGetters
from marimo_rfb.notebook.hosts.session import Session
from marimo_rfb.stream.audience import Audience


@pytest.fixture
def audience() -> Audience:
    return Audience()


@pytest.fixture
def attendance(session: Session, audience: Audience) -> AudienceGetters:
    return AudienceGetters(session, audience)


def test_a_getter_returns_what_there_is(attendance: AudienceGetters, audience: Audience) -> None:
    audience.update(viewers=3, watching=2, size=(8, 6))
    assert attendance.getter("viewers", lambda a: a.viewers)() == 3
    assert attendance.getter("size", lambda a: a.size)() == (8, 6)


def test_it_follows_the_audience(attendance: AudienceGetters, audience: Audience) -> None:
    viewers = attendance.getter("viewers", lambda a: a.viewers)
    assert viewers() == 0
    audience.update(viewers=1, watching=1, size=None)
    assert viewers() == 1


def test_the_same_name_is_the_same_getter(attendance: AudienceGetters) -> None:
    viewers = attendance.getter("viewers", lambda a: a.viewers)
    assert attendance.getter("viewers", lambda a: a.viewers) is viewers
    assert attendance.getter("size", lambda a: a.size) is not viewers


def test_what_stays_the_same_is_not_set_again(
    attendance: AudienceGetters, audience: Audience, monkeypatch: pytest.MonkeyPatch
) -> None:
    values: list[object] = []
    monkeypatch.setattr(
        throttled_state, "mo", SimpleNamespace(state=lambda initial: (lambda: values[-1], values.append))
    )
    attendance.getter("connected", lambda a: a.viewers > 0)
    audience.update(viewers=1, watching=1, size=None)
    audience.update(viewers=2, watching=2, size=(8, 6))
    audience.update(viewers=1, watching=0, size=(8, 6))
    attendance.close()
    assert values == [True]


def test_after_close_nothing_is_set(attendance: AudienceGetters, audience: Audience) -> None:
    viewers = attendance.getter("viewers", lambda a: a.viewers)
    attendance.close()
    attendance.close()
    audience.update(viewers=1, watching=1, size=None)
    assert viewers() == 0


def test_it_is_set_on_the_kernel_s_thread(audience: Audience) -> None:
    async def kernel() -> None:
        viewers = AudienceGetters(Session(asyncio.get_running_loop()), audience).getter("viewers", lambda a: a.viewers)
        hub = threading.Thread(target=lambda: audience.update(viewers=1, watching=1, size=None))
        hub.start()
        hub.join()
        assert viewers() == 0
        await aeventually(lambda: viewers() == 1)

    asyncio.run(kernel())
