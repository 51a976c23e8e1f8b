"""What `figure` must know of a kind of figures."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from marimo_rfb.notebook.view import View

__all__ = ["Kind"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of figures. Looking for one imports no library.

    Attributes:
        takes: what it shows, for error messages.
        extra: the extra that brings the library.
        find: returns the figure that a thing is or belongs to, or `None`.
        show: shows what `find` returned in a view of the running cell; called with `name`, `view_options` and `keeps`.
        keeps: the keyword arguments of `figure` that only some kinds have, such as `"keep_limits"`.
        hint: returns what to do with a thing that `find` does not take, or an empty text.
    """

    takes: str
    extra: str
    find: Callable[[Any], Any]
    show: Callable[..., "View"]
    keeps: frozenset[str] = field(default_factory=frozenset)
    hint: Callable[[Any], str] = lambda _thing: ""
