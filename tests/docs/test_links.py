"""The links between the pages lead somewhere."""

import re
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
SCHEMES = ("http:", "https:", "mailto:")


def without_code(text: str) -> str:
    return re.sub(r"^```.*?^```$|`[^`\n]+`", "", text, flags=re.M | re.S)


def anchors_of(text: str) -> set[str]:
    """Return the anchors that GitHub gives the headings of a page."""
    prose = re.sub(r"^```.*?^```$", "", text, flags=re.M | re.S)
    anchors: set[str] = set()
    for heading in re.findall(r"^#+ (.*)$", prose, flags=re.M):
        slug = re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        number = next(n for n in range(100) if (slug if n == 0 else f"{slug}-{n}") not in anchors)
        anchors.add(slug if number == 0 else f"{slug}-{number}")
    return anchors


def broken(path: Path, text: str) -> list[str]:
    bad = []
    for target in re.findall(r"\]\(([^)\s]+)\)", without_code(text)):
        if target.startswith(SCHEMES):
            continue
        name, _, anchor = target.partition("#")
        file = (path.parent / name).resolve() if name else path
        if not file.is_relative_to(ROOT) or not file.exists():
            bad.append(target)
            continue
        if anchor and anchor not in anchors_of(file.read_text(encoding="utf-8")):
            bad.append(target)
    return bad


def test_relative_links_and_their_anchors_exist(page: Any) -> None:
    assert broken(page.path, page.text) == []


def test_every_page_is_linked_from_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for path in (ROOT / "docs").glob("*.md"):
        assert f"docs/{path.name}" in readme


@pytest.mark.parametrize("target", ["nowhere.md", "#nowhere", "docs/protocol.md#nowhere", "../other/README.md"])
def test_a_link_that_leads_nowhere_is_found(target: str) -> None:
    assert broken(ROOT / "README.md", f"[a link]({target})") == [target]


def test_an_image_and_a_link_with_code_in_it_are_links() -> None:
    assert broken(ROOT / "README.md", "![a picture](gone.png) [`code`](gone.py)") == ["gone.png", "gone.py"]
