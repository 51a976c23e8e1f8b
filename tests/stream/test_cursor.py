from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marimo_rfb.errors import OptionError
from marimo_rfb.stream.cursor import as_cursor

PNG = "data:image/png;base64,iVBORw0KGgo="
SVG = "data:image/svg+xml;utf8,<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>"


@pytest.mark.parametrize(
    "css",
    [
        "",
        "crosshair",
        "none",
        "nwse-resize",
        "Crosshair",
        f"url({PNG}), crosshair",
        f"url('{PNG}'), crosshair",
        f'url("{PNG}") 8 8, crosshair',
        f'url( "{SVG}" )  16 16 ,auto',
        f"url({PNG}), url({PNG}) 1 2, pointer",
        "URL(DATA:IMAGE/PNG;BASE64,AA), AUTO",
    ],
)
def test_a_cursor_for_which_nothing_is_fetched_is_taken(css: str) -> None:
    assert as_cursor(css) == css


@pytest.mark.parametrize(
    "css",
    [
        "hand",
        "inherit",
        " crosshair",
        "crosshair\n",
        "cro\u017f\u017fhair",
        "crosshair, pointer",
        "crosshair; background: url(http://evil.example)",
        "url(http://evil.example/x.png), crosshair",
        "url(//evil.example/x.png), crosshair",
        "url(x.cur), crosshair",
        f"url({PNG})",
        f"url({PNG}) 8, crosshair",
        f"url({PNG}) -1 8, crosshair",
        f"url({PNG}), url(http://evil.example/x.png), crosshair",
        f'url("{PNG}"), url("http://evil.example/x.png"), crosshair',
        f"image-set(url({PNG}) 1x), crosshair",
        'url("data:image/png\\22), url(http://evil.example), crosshair',
        'url("data:image/png\n"), crosshair',
        "url(data:image/png), url(http://evil.example)/**/, crosshair",
        "url(data:text/html,<script>), crosshair",
        "url(javascript:alert(1)), crosshair",
        f"url({PNG}{'A' * 32_000}), crosshair",
        None,
        b"crosshair",
        5,
    ],
)
def test_what_is_none_or_could_make_a_page_fetch_something_is_one_clear_error(css: Any) -> None:
    with pytest.raises(OptionError, match=r'cursor is a CSS keyword such as "crosshair".*got ') as caught:
        as_cursor(css)
    assert len(str(caught.value)) < 400


def addresses(css: str) -> list[str]:
    """Return all that a browser could take for an address: what is in quotes, or in `url()` without."""
    found = []
    while css:
        if css[0] in "\"'":
            text, _, css = css[1:].partition(css[0])
            found.append(text)
        elif css.lower().startswith("url(") and css[4:].lstrip(" ")[:1] not in ('"', "'"):
            text, _, css = css[4:].partition(")")
            found.append(text.strip(" "))
        else:
            css = css[1:]
    return found


picture = st.builds(
    lambda quote, address, spot: f"url({quote}{address}{quote}){spot}, ",
    st.sampled_from(["", '"', "'"]),
    st.sampled_from(["data:image/png,", "DATA:image/", "http://x", "//x"]).flatmap(
        lambda start: st.text("a,'\"()\\ <", max_size=5).map(lambda rest: start + rest)
    ),
    st.sampled_from(["", " 8 8", " 8"]),
)
likely = st.builds(lambda pictures, last: "".join(pictures) + last, st.lists(picture, max_size=3), st.just("auto"))


@given(likely | st.text(max_size=30))
def test_whatever_it_is_no_address_but_a_picture_s_own_data_gets_through(css: str) -> None:
    try:
        as_cursor(css)
    except OptionError:
        return
    assert css.isascii()
    assert css.isprintable()
    assert "\\" not in css
    assert all(address.lower().startswith("data:image/") for address in addresses(css))
