"""Excerpts of texts, as long as a view can show."""

__all__ = ["MAX_CHARACTERS", "MAX_LINES", "excerpt"]

# A character takes at most six bytes as a JSON escape, so that an excerpt always fits into a message.
MAX_CHARACTERS = 4000
MAX_LINES = 40


def excerpt(text: str, *, characters: int = MAX_CHARACTERS, lines: int = MAX_LINES) -> str:
    """Return `text`, or its beginning and the number of characters that were cut off."""
    shown = text[:characters]
    shown_lines = shown.splitlines(keepends=True)
    shown = "".join(shown_lines[:lines]).rstrip() if len(shown_lines) > lines else shown
    cut_off = len(text) - len(shown)
    return f"{shown} … ({cut_off:,} more characters)" if cut_off else text
