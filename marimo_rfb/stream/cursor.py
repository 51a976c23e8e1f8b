"""Validation of CSS cursors."""

import re

from marimo_rfb.errors import OptionError

__all__ = ["as_cursor"]

MAX_CHARACTERS = 32_000

# The keywords of CSS Basic User Interface Level 4.
_KEYWORD = (
    "auto|default|none|context-menu|help|pointer|progress|wait|cell|crosshair|text|vertical-text|alias|copy|move|no-drop"
    "|not-allowed|grab|grabbing|e-resize|n-resize|ne-resize|nw-resize|s-resize|se-resize|sw-resize|w-resize|ew-resize"
    "|ns-resize|nesw-resize|nwse-resize|col-resize|row-resize|all-scroll|zoom-in|zoom-out"
)
# In double, single or no quotes: printable ASCII without backslashes, because CSS would unescape those.
_DOUBLE, _SINGLE, _PLAIN = r"[ !#-\[\]-~]*", r"[ -&(-\[\]-~]*", r"[!#-&*-\[\]-~]*"
_ADDRESS = rf"(?:\"data:image/{_DOUBLE}\"|'data:image/{_SINGLE}'|data:image/{_PLAIN})"
_PICTURE = rf"url\( *{_ADDRESS} *\)(?: +[0-9]{{1,3}} +[0-9]{{1,3}})?"
_CURSOR = re.compile(rf"(?:{_PICTURE} *, *)*(?:{_KEYWORD})", re.IGNORECASE | re.ASCII)


def as_cursor(css: object) -> str:
    """Return `css` if it is a CSS cursor that makes no page fetch anything; empty for the default one.

    Raises:
        OptionError: it is not such a cursor; the message says what is.
    """
    if isinstance(css, str) and len(css) <= MAX_CHARACTERS and (css == "" or _CURSOR.fullmatch(css)):
        return css
    shown = repr(css)
    raise OptionError(
        'cursor is a CSS keyword such as "crosshair", or "url(data:image/png;base64,...) 8 8, crosshair" with data: '
        f"addresses, a keyword at the end and at most {MAX_CHARACTERS} characters, or empty for the usual one; "
        f"got {shown if len(shown) <= 60 else shown[:60] + '...'}"
    )
