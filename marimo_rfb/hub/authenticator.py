"""Asks whether a client may watch."""

import asyncio
import contextvars
import inspect
import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from marimo_rfb.fork import call_in_child
from marimo_rfb.hub.access import REFUSED, AccessOptions, AuthContext, Authenticate, same_token
from marimo_rfb.hub.fair_semaphore import FairSemaphore

__all__ = ["Authenticator", "call_hook"]

log = logging.getLogger(__name__)

AUTHENTICATE_TIMEOUT_S = 30.0
# Hooks wait for other servers, mostly. What is left to others when one client has all it may, is for them.
MAX_PENDING = 64
MAX_PENDING_PER_CLIENT = 48
# Threads of hooks that have not come back, those included for whose answer nobody waits any more.
MAX_THREADS = 256

_counting = threading.Lock()
_threads = 0


class Authenticator:
    """Asks for the token, or the `authenticate` hook of many clients at a time, in turn. On the hub's loop only."""

    def __init__(self) -> None:
        self._turns = FairSemaphore(MAX_PENDING, limit_per_key=MAX_PENDING_PER_CLIENT)
        # Those too that nobody waits for any more: a loop keeps its tasks only weakly.
        self._pending: set[asyncio.Task[Any]] = set()

    async def admit(
        self, options: AccessOptions, context: AuthContext, *, token: str, client: str, is_gone: Callable[[], bool]
    ) -> Any:
        """Return the principal of a client that may watch, or `REFUSED`.

        A hook that raises, or takes longer than 30 s, refuses, and that is logged. The time is the hook's alone.

        Args:
            options: who may watch.
            context: what is known of the client.
            token: of the stream.
            client: by what clients take turns.
            is_gone: tells whether nobody waits for the answer any more.
        """
        if options.authenticate is None:
            return None if options.token is False or same_token(context.token, token) else REFUSED
        async with self._turns.turn(client):
            principal = None if is_gone() else await self._answer(options.authenticate, context)
        return REFUSED if principal is None else principal

    async def _answer(self, authenticate: Authenticate, context: AuthContext) -> Any:
        """Return what a hook returns, `None` when it has no answer."""
        pending = asyncio.create_task(call_hook(authenticate, context))
        self._pending.add(pending)
        pending.add_done_callback(self._pending.discard)
        try:
            # Not a timeout around the hook, which could ignore that it is cancelled.
            await asyncio.wait({pending}, timeout=AUTHENTICATE_TIMEOUT_S)
            if not pending.done():
                log.error("authenticate took longer than %g s; the client is refused", AUTHENTICATE_TIMEOUT_S)
            elif pending.cancelled():
                log.error("authenticate was cancelled; the client is refused")
            elif (exc := pending.exception()) is not None:
                log.error("authenticate raised; the client is refused", exc_info=exc)
            else:
                return pending.result()
        finally:
            pending.cancel()
        return None


async def call_hook(authenticate: Authenticate, context: AuthContext) -> Any:
    """Call a hook, sync on a thread of its own or async on the running loop, and return what it returns.

    Raises:
        Exception: what the hook raised; in place of what would end a loop, such as `SystemExit`, a `RuntimeError`.
    """
    try:
        if inspect.iscoroutinefunction(authenticate):
            return await authenticate(context)
        principal = await asyncio.wrap_future(_call_on_thread(authenticate, context))
        return await principal if inspect.isawaitable(principal) else principal
    except (Exception, asyncio.CancelledError):
        raise
    except BaseException as exc:
        raise _wrapped(exc) from exc


def _call_on_thread(authenticate: Authenticate, context: AuthContext) -> "Future[Any]":
    """Call a hook on a thread of its own: one that hangs keeps neither another waiting nor the program alive."""
    answer: Future[Any] = Future()
    answer.set_running_or_notify_cancel()  # so that a thread may answer when nobody waits any more
    variables = contextvars.copy_context()

    def run() -> None:
        try:
            answer.set_result(variables.run(authenticate, context))
        except BaseException as exc:
            # A future takes no `StopIteration`, and what waits for it should not get a `SystemExit`.
            is_plain = isinstance(exc, Exception) and not isinstance(exc, StopIteration)
            answer.set_exception(exc if is_plain else _wrapped(exc))
        finally:
            _count(-1)

    _count(+1)
    try:
        threading.Thread(target=run, name="rfb-authenticate", daemon=True).start()
    except BaseException:
        _count(-1)
        raise
    return answer


def _wrapped(exc: BaseException) -> RuntimeError:
    wrapped = RuntimeError(f"authenticate raised {type(exc).__name__}")
    wrapped.__cause__ = exc
    return wrapped


def _count(change: int) -> None:
    global _threads
    with _counting:
        if change > 0 and _threads >= MAX_THREADS:
            raise RuntimeError(f"{MAX_THREADS} calls of authenticate have not come back")
        _threads += change


def _reset_in_child() -> None:
    global _counting, _threads
    _counting, _threads = threading.Lock(), 0


call_in_child(_reset_in_child)
