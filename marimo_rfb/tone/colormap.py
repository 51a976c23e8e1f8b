"""Colormaps: tables of colors, built in or matplotlib's."""

import difflib
import functools
import importlib.resources
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from marimo_rfb.errors import OptionError

__all__ = ["BUILT_IN", "GRAY", "OPAQUE", "Colormap", "all_opaque", "as_colormap", "built_in"]

# The colors that matplotlib 3.11 has for these names, as RGB bytes, one map after the other in `colormaps.rgb`. The
# maps are in the public domain (CC0) or, as the others, tables of facts. `gray_r` is not quite the reverse of `gray`,
# because matplotlib rounds down.
_SIZES = {
    **dict.fromkeys(("viridis", "magma", "inferno", "plasma", "cividis", "turbo", "gray", "gray_r", "coolwarm"), 256),
    "twilight": 510,
}
BUILT_IN = tuple(_SIZES)
# The alpha byte of a color.
OPAQUE = np.frombuffer(b"\0\0\0\xff", np.uint32)[0]


@dataclass(frozen=True, slots=True)
class Colormap:
    """Colors for numbers from 0 to 1.

    Attributes:
        name: its name; matplotlib's, if it is one of those.
        size: number of colors.
        table: the bytes R, G, B and A of each color as one uint32: `size` colors, the last color again (for exactly
            1), and the colors for numbers below 0, for numbers above 1, and for none: NaN or masked.
    """

    name: str
    size: int
    table: npt.NDArray[np.uint32] = field(compare=False, repr=False)
    _bytes: bytes = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_bytes", self.table.tobytes())  # to compare colormaps, which arrays cannot

    @property
    def is_opaque(self) -> bool:
        """Whether all colors of numbers are opaque; that of no number is usually not."""
        return all_opaque(self.table[:-1])

    @property
    def has_plain_ends(self) -> bool:
        """Whether numbers below 0 and above 1 have the first and the last color."""
        first, last, below, above = self.table[[0, self.size - 1, self.size + 1, self.size + 2]]
        return bool(first == below and last == above)


def all_opaque(colors: npt.NDArray[np.uint32]) -> bool:
    """Return whether no color has alpha."""
    return bool(np.bitwise_and.reduce(colors) & OPAQUE == OPAQUE)


def as_colormap(cmap: Any) -> Colormap:
    """Return the colormap that a user means.

    Args:
        cmap: a name, with `_r` for the reverse, or a `Colormap` object of matplotlib, which is copied. A name that is
            not in `BUILT_IN` imports matplotlib.

    Raises:
        OptionError: there is no such colormap, or `cmap` is something else.
    """
    if isinstance(cmap, str):
        return built_in(cmap) or _of_matplotlib(cmap)
    if callable(cmap) and isinstance(getattr(cmap, "N", None), int) and hasattr(cmap, "name"):
        return _copied(cmap)
    raise OptionError(f'cmap is a name such as "viridis" or a Colormap of matplotlib, got {type(cmap).__name__}')


def built_in(name: str) -> Colormap | None:
    """Return the built-in colormap of that name, with `_r` reversed; `None` if there is none."""
    return _stored(name) if name in _SIZES or name.removesuffix("_r") in _SIZES else None


@functools.cache
def _stored(name: str) -> Colormap:
    is_reversed = name not in _SIZES
    base = name.removesuffix("_r") if is_reversed else name
    stored = importlib.resources.files("marimo_rfb.tone").joinpath("colormaps.rgb").read_bytes()
    before = sum(size for size in list(_SIZES.values())[: BUILT_IN.index(base)])
    rgb = np.frombuffer(stored, np.uint8).reshape(-1, 3)[before : before + _SIZES[base]]
    rgba = np.full((len(rgb), 4), 255, np.uint8)
    rgba[:, :3] = rgb[::-1] if is_reversed else rgb
    return _made(name, rgba, below=rgba[0], above=rgba[-1], bad=np.zeros(4, np.uint8))


def _made(name: str, rgba: Any, *, below: Any, above: Any, bad: Any) -> Colormap:
    rows = [*rgba, rgba[-1], below, above, bad]
    table = np.ascontiguousarray(rows, np.uint8).view(np.uint32).reshape(-1)
    table.flags.writeable = False
    return Colormap(name, len(rgba), table)


def _copied(cmap: Any) -> Colormap:
    try:
        size = cmap.N
        rgba = np.asarray(cmap(np.arange(size), bytes=True))
        below, above = np.asarray(cmap(np.array([-1, size]), bytes=True))
        (bad,) = np.asarray(cmap(np.array([np.nan]), bytes=True))
        return _made(str(cmap.name), rgba, below=below, above=above, bad=bad)
    except Exception as exc:
        raise OptionError(f"cmap: {type(cmap).__name__} {cmap.name!r} gives no colors: {exc}") from exc


def _of_matplotlib(name: str) -> Colormap:
    try:
        import matplotlib
    except ImportError:
        known: tuple[str, ...] = BUILT_IN
        more = f"there are {', '.join(BUILT_IN)}; matplotlib has more (pip install 'marimo-rfb[matplotlib]')"
    else:
        if name in matplotlib.colormaps:
            return _copied(matplotlib.colormaps[name])
        known, more = (*BUILT_IN, *matplotlib.colormaps), f"built in are {', '.join(BUILT_IN)}, and matplotlib has more"
    close = difflib.get_close_matches(name, known, n=3)
    hint = f"did you mean {' or '.join(close)}? " if close else ""
    raise OptionError(f"there is no colormap {name[:60]!r}; {hint}{more[0].upper() if hint else more[0]}{more[1:]}")


_gray = built_in("gray")
assert _gray is not None
GRAY = _gray
