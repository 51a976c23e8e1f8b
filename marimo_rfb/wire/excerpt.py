"""As much of a text as a view can show."""

__all__ = ["MAX_CHARACTERS", "MAX_LINES", "excerpt"]

# On the way a character takes six at most, as JSON escapes it, so that this always fits into a message.
MAX_CHARACTERS = 4000
MAX_LINES = 40


def excerpt(text: str) -> str:
    """Return `text`, or its beginning and how much there is besides."""
    shown = text[:MAX_CHARACTERS]
    lines = shown.splitlines(keepends=True)
    shown = "".join(lines[:MAX_LINES]).rstrip() if len(lines) > MAX_LINES else shown
    left_out = len(text) - len(shown)
    return f"{shown}\n… and {left_out:,} characters more" if left_out else text
