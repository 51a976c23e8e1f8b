"""How the numbers of a stream become colors, from frame to frame."""

import logging
import threading
from dataclasses import replace
from typing import Any

import numpy as np

from marimo_rfb.frame import FrameData
from marimo_rfb.tone.auto_range import UNIT_RANGE, AutoRange, auto_range
from marimo_rfb.tone.options import ToneOptions
from marimo_rfb.tone.range_remark import RangeRemark
from marimo_rfb.tone.tone import Tone
from marimo_rfb.wire.messages import Contrast

__all__ = ["StreamTone", "contrast_of"]

log = logging.getLogger(__name__)

# Longer names of colormaps are cut, because the page shows them.
MAX_NAME = 64


class StreamTone:
    """The range that the first frame of each dtype set, the options, and the remark on them. Thread-safe.

    Args:
        name: of the stream, for the log.
        options: how numbers become colors.
    """

    def __init__(self, name: str, options: ToneOptions) -> None:
        self._name = name
        self._lock = threading.Lock()
        self._options = options
        self._ranges: dict[str, AutoRange] = {}
        self._tones: dict[tuple[Any, bool, bool], Tone] = {}
        self._remark = RangeRemark()
        self._logged: set[tuple[str, str]] = set()

    def set_options(self, options: ToneOptions) -> bool:
        """Use `options` from now on; return whether they differ from those before."""
        with self._lock:
            if options == self._options:
                return False
            self._options = options
            self._tones.clear()
            self._remark.clear()
            return True

    def tone_of(self, data: FrameData, *, is_rgb: bool = False) -> Tone:
        """Return the tone of a frame: the same object while nothing changes.

        Args:
            data: of the frame.
            is_rgb: whether the option `order` does not apply to it.
        """
        with self._lock:
            has_colors = data.ndim == 3
            key = data.dtype, has_colors, is_rgb
            tone = self._tones.get(key)
            if tone is None:
                options = replace(self._options, order="rgb") if is_rgb else self._options
                tone = Tone(data.dtype, options, self._range_of(data), has_colors=has_colors)
                if data.dtype.name in self._ranges:
                    self._tones[key] = tone
            return tone

    def remark_on(self, data: FrameData) -> str:
        """Return what to tell people about the range in which a new frame is shown; usually nothing."""
        if data.dtype == np.uint8:  # always fine, and the most frequent
            return ""
        with self._lock:
            cause, text = self._remark.on_frame(data, self._options, self._range_of(data))
            if cause and (data.dtype.name, cause) not in self._logged:
                self._logged.add((data.dtype.name, cause))
                log.warning("stream %r: %s", self._name, text)
            return text

    def _range_of(self, data: FrameData) -> AutoRange:
        known = self._ranges.get(data.dtype.name)
        if known is not None:
            return known
        found = auto_range(data)
        if found is None:  # all of it is masked: the next frame decides
            return UNIT_RANGE
        self._ranges[data.dtype.name] = found
        if found.origin != "type":
            text = "stream %r: %s without vmin and vmax is shown from %.0f to %.0f"
            log.info(text, self._name, data.dtype.name, found.low, found.high)
        return found


def contrast_of(tone: Tone) -> Contrast:
    """Return what viewers are told of a tone; nothing if the frame has colors."""
    if not tone.dtype:
        return Contrast()
    shown = tone.contrast
    return Contrast(
        dtype=tone.dtype,
        vmin=shown.vmin,
        vmax=shown.vmax,
        gamma=shown.gamma,
        cmap=tone.cmap[:MAX_NAME],
        fixed=tone.has_range,
    )
