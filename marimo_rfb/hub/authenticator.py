"""Authentication of clients by token or by the `authenticate` hook."""

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
# Concurrent calls, because hooks mostly wait for other servers. The difference is reserved for other clients.
MAX_PENDING = 64
MAX_PENDING_PER_CLIENT = 48
# Threads of hooks that have not returned, including those that timed out.
MAX_THREADS = 256

_counting = threading.Lock()
_threads = 0


class Authenticator:
    """Checks the token, or calls the `authenticate` hook for many clients concurrently, in turn. Hub's loop only."""

    def __init__(self) -> None:
        self._turns = FairSemaphore(MAX_PENDING, limit_per_key=MAX_PENDING_PER_CLIENT)
        # Including timed-out calls: a loop keeps only weak references to its tasks.
        self._pending: set[asyncio.Task[Any]] = set()

    async def admit(
        self, options: AccessOptions, context: AuthContext, *, token: str, client: str, is_gone: Callable[[], bool]
    ) -> Any:
        """Return the principal of a client that may watch, or `REFUSED`.

        A hook that raises or exceeds 30 s rejects the client, with a log entry. The 30 s do not include the wait for
        a turn.

        Args:
            options: the access options.
            context: the client's request.
            token: the stream's token.
            client: key by which clients take turns.
            is_gone: returns whether the client has disconnected.
        """
        if options.authenticate is None:
            return None if options.token is False or same_token(context.token, token) else REFUSED
        async with self._turns.turn(client):
            principal = None if is_gone() else await self._answer(options.authenticate, context)
        return REFUSED if principal is None else principal

    async def _answer(self, authenticate: Authenticate, context: AuthContext) -> Any:
        """Return the result of a hook; `None` if it raises, is cancelled or times out."""
        pending = asyncio.create_task(call_hook(authenticate, context))
        self._pending.add(pending)
        pending.add_done_callback(self._pending.discard)
        try:
            # Not a timeout around the hook, which could ignore its cancellation.
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
    """Call a hook, sync on a thread of its own or async on the running loop, and return its result.

    Raises:
        Exception: what the hook raised; a `RuntimeError` in place of exceptions that would end a loop, such as
            `SystemExit`.
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
    """Call a hook on a daemon thread of its own, so that a hanging one blocks neither other hooks nor the exit."""
    result: Future[Any] = Future()
    result.set_running_or_notify_cancel()  # so that the thread may set the result after a timeout
    variables = contextvars.copy_context()

    def run() -> None:
        try:
            result.set_result(variables.run(authenticate, context))
        except BaseException as exc:
            # A future rejects `StopIteration`, and its reader must not get a `SystemExit`.
            is_plain = isinstance(exc, Exception) and not isinstance(exc, StopIteration)
            result.set_exception(exc if is_plain else _wrapped(exc))
        finally:
            _count(-1)

    _count(+1)
    try:
        threading.Thread(target=run, name="rfb-authenticate", daemon=True).start()
    except BaseException:
        _count(-1)
        raise
    return result


def _wrapped(exc: BaseException) -> RuntimeError:
    wrapped = RuntimeError(f"authenticate raised {type(exc).__name__}")
    wrapped.__cause__ = exc
    return wrapped


def _count(change: int) -> None:
    global _threads
    with _counting:
        if change > 0 and _threads >= MAX_THREADS:
            raise RuntimeError(f"{MAX_THREADS} calls of authenticate have not returned")
        _threads += change


def _reset_in_child() -> None:
    global _counting, _threads
    _counting, _threads = threading.Lock(), 0


call_in_child(_reset_in_child)
