"""Settings that both Python and the page's user change, with version numbers, and the region that a page reports."""

from collections.abc import Mapping
from typing import Any

from marimo_rfb.errors import OptionError

__all__ = ["Region", "VersionedSettings", "as_region", "seen_region"]

# x, y, width, height in frame pixels.
Region = tuple[float, float, float, float]

MAX_SIDE = 65_536


class VersionedSettings:
    """Python's last value of each setting, with a version number.

    Without the number, the page would see no change when Python sets the same value again after a user changed it.
    """

    def __init__(self) -> None:
        self._serial = 0
        self._settings: dict[str, list[Any]] = {}

    def set(self, name: str, value: Any) -> dict[str, list[Any]]:
        """Set one setting; return all of them, as `[version, value]` by name."""
        self._serial += 1
        self._settings = {**self._settings, name: [self._serial, value]}
        return self._settings


def as_region(region: Any) -> Region:
    """Return `region` as four floats.

    Raises:
        OptionError: it is not a valid region; the message describes one.
    """
    message = f"region is (x, y, width, height) in frame pixels, or None for the whole picture, got {region!r}"
    try:
        x, y, width, height = (float(each) for each in region)
    except (TypeError, ValueError):
        raise OptionError(message) from None
    if not (width > 0 and height > 0 and all(abs(each) <= MAX_SIDE for each in (x, y, width, height))):
        raise OptionError(message)
    return x, y, width, height


def seen_region(seen: Any) -> tuple[Region, float] | None:
    """Return the region and the zoom that a page reports as visible, or `None` if they are invalid."""
    if not isinstance(seen, Mapping) or not isinstance(seen.get("region"), Mapping):
        return None
    zoom = seen.get("zoom")
    try:
        region = as_region([seen["region"].get(name) for name in ("x", "y", "width", "height")])
    except OptionError:
        return None
    # The comparisons also reject NaN and Infinity, which Python's JSON parser accepts.
    if isinstance(zoom, bool) or not isinstance(zoom, (int, float)) or not 0 < zoom <= MAX_SIDE:
        return None
    return region, float(zoom)
