"""What a page told of an event, which may be anything."""

import logging
import time
from typing import Any

from marimo_rfb.errors import WireError
from marimo_rfb.events import EventDict, check_event
from marimo_rfb.flow.drag import describe_drag

__all__ = ["told_event"]

log = logging.getLogger(__name__)


def told_event(told: Any, *, width: int, height: int) -> EventDict | None:
    """Return a discrete event as a notebook gets it, `None` for none and for what makes no sense.

    Args:
        told: the trait that the page set: an event, or a drag with the events of its start and its end.
        width: of the frame, pixels.
        height: of the frame, pixels.
    """
    if told is None:
        return None
    now_s = time.time()
    try:
        if told.get("type") != "drag":
            return check_event(told, now_s=now_s)
        start, end = (check_event(told[name], now_s=now_s) for name in ("start", "end"))
        return describe_drag(start, end, width=width, height=height)
    except (WireError, KeyError, AttributeError, TypeError) as exc:
        log.warning("a page told an event that makes no sense: %s", exc)
        return None
