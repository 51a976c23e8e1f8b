"""Who decides how numbers become colors: a cell's arguments, `configure`, or a user of the page."""

import sys
from collections.abc import Mapping
from typing import Any

from marimo_rfb.errors import OptionError
from marimo_rfb.stream.options import TONE_NAMES, StreamOptions
from marimo_rfb.tone.colormap import built_in
from marimo_rfb.tone.options import ToneOptions
from marimo_rfb.wire.messages import SetContrast

__all__ = ["ToneChoice"]


class ToneChoice:
    """Keeps what a user chose while the cells that re-run pass the same arguments as before. Not thread-safe."""

    def __init__(self) -> None:
        self._chosen: ToneOptions | None = None
        self._given: dict[str, tuple[tuple[str, ...], ToneOptions]] = {}

    def after_call(
        self, caller: str, given: Mapping[str, Any], *, options: StreamOptions, current: StreamOptions
    ) -> StreamOptions:
        """Return the options after a call with keywords.

        Args:
            caller: distinguishes the calls that give options to the stream.
            given: the keywords of the call.
            options: what they result in.
            current: the options before.
        """
        own = {name: given[name] for name in TONE_NAMES if name in given}
        arguments = tuple(own), StreamOptions().replaced(own).tone
        are_same = self._given.get(caller) == arguments
        self._given[caller] = arguments
        if are_same and current.tone == self._chosen:
            return options.replaced({name: getattr(current, name) for name in TONE_NAMES})
        return options

    def after_choice(self, wanted: SetContrast, *, current: StreamOptions) -> StreamOptions | None:
        """Return the options after a user's choice; `None` if it is invalid."""
        try:
            cmap = _colormap(wanted.cmap, current)
            chosen = current.replaced({"vmin": wanted.vmin, "vmax": wanted.vmax, "gamma": wanted.gamma, "cmap": cmap})
        except OptionError:
            return None
        self._chosen = chosen.tone
        return chosen


def _colormap(name: str, current: StreamOptions) -> Any:
    """Return the colormap of that name; only one that is at hand, because an import would stop all streams.

    Raises:
        OptionError: there is none.
    """
    if not name:
        return None
    used = current.tone.colormap
    if used is not None and used.name == name:
        return current.cmap
    matplotlib = sys.modules.get("matplotlib")
    if built_in(name) is not None or name in getattr(matplotlib, "colormaps", ()):
        return name
    raise OptionError(f"there is no colormap {name[:60]!r}")
