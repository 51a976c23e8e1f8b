"""Animations that were created before their figure was live."""

import sys
from typing import Any

from matplotlib.backend_bases import TimerBase

from marimo_rfb.figures.matplotlib._matplotlib import listeners

__all__ = ["revive_animations"]


def revive_animations(figure: Any) -> None:
    """Give the animations of `figure` timers that run.

    An animation takes its timer from the canvas that the figure has when the animation is created, and a canvas for
    files has timers that never run.
    """
    module = sys.modules.get("matplotlib.animation")
    if module is None:
        return
    # An animation starts with the first draw, which it then no longer listens to; it always listens to the closing.
    to_start = [getattr(callback, "__self__", None) for callback in listeners(figure, "draw_event")]
    for callback in listeners(figure, "close_event"):
        animation = getattr(callback, "__self__", None)
        if not isinstance(animation, module.Animation) or type(animation.event_source) is not TimerBase:
            continue
        idle = animation.event_source
        animation.event_source = figure.canvas.new_timer(interval=idle.interval, callbacks=idle.callbacks)
        if animation not in to_start:
            animation.event_source.start()
