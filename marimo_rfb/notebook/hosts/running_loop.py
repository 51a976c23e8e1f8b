"""The event loop of the calling thread, if one runs."""

import asyncio

__all__ = ["running_loop"]


def running_loop() -> asyncio.AbstractEventLoop | None:
    """Return the loop that runs in this thread, in a notebook the kernel's; `None` if none runs."""
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
