"""Validation of events reported by a page, which is untrusted."""

import logging
import time
from typing import Any

from marimo_rfb.errors import WireError
from marimo_rfb.events import EventDict, check_event
from marimo_rfb.flow.drag_detector import describe_drag

__all__ = ["page_event"]

log = logging.getLogger(__name__)


def page_event(reported: Any, *, width: int, height: int) -> EventDict | None:
    """Return a discrete event as the notebook receives it; `None` if there is none or it is invalid.

    Args:
        reported: the trait that the page set: an event, or a drag with its start and end events.
        width: of the frame, pixels.
        height: of the frame, pixels.
    """
    if reported is None:
        return None
    now_s = time.time()
    try:
        if reported.get("type") != "drag":
            return check_event(reported, now_s=now_s)
        start, end = (check_event(reported[name], now_s=now_s) for name in ("start", "end"))
        return describe_drag(start, end, width=width, height=height)
    except (WireError, KeyError, AttributeError, TypeError) as exc:
        log.warning("a page reported an invalid event: %s", exc)
        return None
