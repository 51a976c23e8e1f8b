"""As much of a text as a view can show."""

__all__ = ["MAX_CHARACTERS", "MAX_LINES", "excerpt"]

# On the way a character takes six at most, as JSON escapes it, so that this always fits into a message.
MAX_CHARACTERS = 4000
MAX_LINES = 40


def excerpt(text: str, *, characters: int = MAX_CHARACTERS, lines: int = MAX_LINES) -> str:
    """Return `text`, or its beginning and how much there is besides."""
    shown = text[:characters]
    begun = shown.splitlines(keepends=True)
    shown = "".join(begun[:lines]).rstrip() if len(begun) > lines else shown
    left_out = len(text) - len(shown)
    return f"{shown} … ({left_out:,} more characters)" if left_out else text
