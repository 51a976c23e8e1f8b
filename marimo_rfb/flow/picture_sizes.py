"""How large the pictures of a viewer are in each layer."""

import math
from collections.abc import Sequence

from marimo_rfb.flow.quality_level import QualityLevel

__all__ = ["PictureSizes"]

_SMOOTHING = 0.3
# The bytes of layers differ less for smooth pictures than for noisy ones: by the ratio to the power of this.
_MIN_EXPONENT, _MAX_EXPONENT = 0.3, 1.2


class PictureSizes:
    """Estimates the size of the next picture in any layer, from pictures of the present and the last layer.

    Most pictures may be parts, of what changed, but some are whole. So both are estimated.

    Attributes:
        index: the number of the present layer.
    """

    def __init__(self, layers: Sequence[QualityLevel]) -> None:
        self.index = 0
        self._layers = layers
        self._exponent = 1.0
        self._next_bytes = 0.0
        self._whole_bytes = 0.0
        self._last_whole: tuple[int, float] | None = None  # of another layer, to compare with the next one

    def next_bytes(self, index: int) -> float:
        """Return the size of the next picture if it is in layer `index`; 0 if nothing is known."""
        return self._next_bytes * self.growth(index)

    def whole_bytes(self, index: int) -> float:
        """Return the size of the next whole picture if it is in layer `index`; 0 if nothing is known."""
        return self._whole_bytes * self.growth(index)

    def growth(self, index: int) -> float:
        """Return how much larger the pictures of layer `index` are, by what the last change of layers has shown."""
        return math.pow(self._noisy_growth(self.index, index), self._exponent)

    def on_encoded(self, size_bytes: int, *, is_whole: bool, is_sent: bool) -> None:
        """Record a picture of the present layer; one that is not sent was too large."""
        is_first = self._next_bytes == 0
        if is_whole and self._last_whole is not None:
            self._learn_exponent(size_bytes, *self._last_whole)
            self._last_whole, is_first = None, is_sent
        if is_whole or size_bytes > self._whole_bytes:
            self._whole_bytes = size_bytes
        if is_sent:
            average = size_bytes if is_first else self._next_bytes
            self._next_bytes = average + _SMOOTHING * (size_bytes - average)

    def move(self, index: int) -> None:
        """Make `index` the present layer."""
        if self._whole_bytes > 0 and self._last_whole is None:
            self._last_whole = (self.index, self._whole_bytes)
        self._next_bytes, self._whole_bytes = self.next_bytes(index), self.whole_bytes(index)
        self.index = index

    def _learn_exponent(self, size_bytes: int, index: int, before_bytes: float) -> None:
        noisy = self._noisy_growth(index, self.index)
        if noisy != 1:
            exponent = math.log(size_bytes / before_bytes) / math.log(noisy)
            self._exponent = min(max(exponent, _MIN_EXPONENT), _MAX_EXPONENT)

    def _noisy_growth(self, before: int, after: int) -> float:
        return self._layers[after].relative_bytes / self._layers[before].relative_bytes
