"""Functions that render in another process; they import little, for that process has to do it too."""

import numpy as np
import numpy.typing as npt


def shade(t: float) -> npt.NDArray[np.uint8]:
    """Return a grey picture, darker or lighter."""
    return np.full((4, 4, 3), int(t) % 256, np.uint8)


def refuse(t: float) -> npt.NDArray[np.uint8]:
    """Raise an error."""
    raise ValueError(f"no shade at {t}")
