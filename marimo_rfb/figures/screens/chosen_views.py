"""What users chose to see of the parts of a figure."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Generic, TypeVar

__all__ = ["ChosenViews"]

T = TypeVar("T")


class ChosenViews(ABC, Generic[T]):
    """Knows which parts of a figure users moved, such as its axes or cameras, to do the same with the next figure.

    Args:
        initial: by the index of a part, the view that is no choice, even if a user returns to it.
    """

    def __init__(self, initial: Mapping[int, T]) -> None:
        self._initial = initial
        self._chosen: dict[int, T] = {}

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Note what changes in this context as chosen by a user."""
        before = self._views()
        try:
            yield
        finally:
            for index, view in self._views().items():
                if view == self._initial.get(index):
                    self._chosen.pop(index, None)
                elif view != before.get(index):
                    self._chosen[index] = view

    @abstractmethod
    def _views(self) -> dict[int, T]:
        """Return the view of each part, by its index."""
