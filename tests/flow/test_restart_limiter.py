from hypothesis import given, settings
from hypothesis import strategies as st

from marimo_rfb.flow.restart_limiter import BURST, RATE_HZ, RestartLimiter, RestartRequest


def spent() -> RestartLimiter:
    """Return restarts that used up their burst at second 0."""
    restarts = RestartLimiter()
    for _ in range(BURST):
        restarts.request()
        assert restarts.take(0.0) == RestartRequest()
    return restarts


def test_what_was_not_wished_does_not_come() -> None:
    restarts = RestartLimiter()
    assert restarts.take(0.0) is None
    assert restarts.wait_s(0.0) is None


def test_a_wish_comes_true_at_once_and_once() -> None:
    restarts = RestartLimiter()
    restarts.request(codec="image/png")
    assert restarts.take(0.0) == RestartRequest(codec="image/png")
    assert restarts.take(0.0) is None


def test_too_many_are_put_off_and_become_one() -> None:
    restarts = spent()
    restarts.request(codec="image/png")
    restarts.request(resets_window=True)
    restarts.request(codec="image/webp")
    restarts.request()
    assert restarts.take(0.0) is None
    assert restarts.wait_s(0.0) == 1 / RATE_HZ
    assert restarts.take(1 / RATE_HZ) == RestartRequest(codec="image/webp", resets_window=True)
    assert restarts.wait_s(1 / RATE_HZ) is None


@settings(max_examples=100)
@given(wishes=st.lists(st.tuples(st.sampled_from([None, "a", "b"]), st.booleans(), st.sampled_from([0.0, 0.01, 0.3]))))
def test_no_wish_is_lost_and_there_are_never_too_many(wishes: list[tuple[str | None, bool, float]]) -> None:
    restarts, now_s, transport, taken, owed = RestartLimiter(), 0.0, None, 0, False

    def take() -> None:
        nonlocal transport, taken, owed
        restart = restarts.take(now_s)
        if restart is not None:
            transport, taken = restart.codec or transport, taken + 1
            assert restart.resets_window == owed
            owed = False

    for wished, forgets, step_s in wishes:
        restarts.request(codec=wished, resets_window=forgets)
        owed |= forgets
        take()
        now_s += step_s
        assert taken <= BURST + RATE_HZ * now_s + 1e-6
    now_s += 1.0
    take()
    assert restarts.wait_s(now_s) is None
    assert not owed
    assert transport == next((wished for wished, _, _ in reversed(wishes) if wished), None)
