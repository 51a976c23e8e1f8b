"""What Python and a person both set: a setting for the page, and what the page reports back."""

from collections.abc import Mapping
from typing import Any

from marimo_rfb.errors import OptionError

__all__ = ["Region", "VersionedSettings", "as_region", "seen_region"]

# x, y, width, height in frame pixels.
Region = tuple[float, float, float, float]

MAX_SIDE = 65_536


class VersionedSettings:
    """Python's last value of each setting, with a number that tells it from the one before.

    Without it, the same value again would be no change to the page, though a person has undone that since.
    """

    def __init__(self) -> None:
        self._serial = 0
        self._settings: dict[str, list[Any]] = {}

    def set(self, name: str, value: Any) -> dict[str, list[Any]]:
        """Set one, and return all of them."""
        self._serial += 1
        self._settings = {**self._settings, name: [self._serial, value]}
        return self._settings


def as_region(region: Any) -> Region:
    """Return `region` as four floats.

    Raises:
        OptionError: it is none; the message says what would do.
    """
    expected = f"region is (x, y, width, height) in frame pixels, or None for the whole picture, got {region!r}"
    try:
        x, y, width, height = (float(each) for each in region)
    except (TypeError, ValueError):
        raise OptionError(expected) from None
    if not (width > 0 and height > 0 and all(abs(each) <= MAX_SIDE for each in (x, y, width, height))):
        raise OptionError(expected)
    return x, y, width, height


def seen_region(seen: Any) -> tuple[Region, float] | None:
    """Read what a page says that it shows: the region and the zoom; `None` when that makes no sense."""
    if not isinstance(seen, Mapping) or not isinstance(seen.get("region"), Mapping):
        return None
    zoom = seen.get("zoom")
    try:
        region = as_region([seen["region"].get(name) for name in ("x", "y", "width", "height")])
    except OptionError:
        return None
    # Python's JSON knows NaN and Infinity, which are no zoom.
    if isinstance(zoom, bool) or not isinstance(zoom, (int, float)) or not 0 < zoom <= MAX_SIDE:
        return None
    return region, float(zoom)
