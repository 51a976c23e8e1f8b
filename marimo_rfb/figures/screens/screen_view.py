"""The view of a running cell that a screen is shown in."""

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from marimo_rfb.figures.screens.view_screen import ViewScreen
from marimo_rfb.notebook.reactive import claim_view
from marimo_rfb.notebook.tool import Tool
from marimo_rfb.notebook.view import View

__all__ = ["claim_screen_view", "screen_of"]

Kind = TypeVar("Kind", bound=ViewScreen)


def claim_screen_view(
    name: str | None,
    kind: str,
    css_size: tuple[float, float],
    view_options: Mapping[str, Any],
    *,
    tools: Iterable[Tool] | None = None,
    **defaults: Any,
) -> View:
    """Return the view of the running cell for a figure or a scene, in its size, which follows that of the view.

    Args:
        name: of the view; `None` for the default one.
        kind: what names a view without a name.
        css_size: width and height of what is shown, CSS pixels.
        view_options: of the user.
        tools: of the toolbar; `None` for those of every view.
        **defaults: further options that the user may replace.
    """
    width, height = css_size
    if tools is not None:
        defaults["toolbar"] = [tool.value for tool in tools]
    size = {"width": round(width), "height": round(height), "resize_policy": "match_client"}
    return claim_view(name, kind, {**size, **defaults, **view_options})


def screen_of(view: View, kind: type[Kind]) -> Kind | None:
    """Return what the last run of the cell showed in `view`, if it is a screen of that kind."""
    content = view._content
    return content if isinstance(content, kind) else None
