"""Reads the pages in `docs/`, so that tests can compare them with the code."""

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Section:
    """A part of a page: from its heading to the next one of the same or a higher level."""

    heading: str
    body: str

    @property
    def names(self) -> tuple[str, ...]:
        """What the heading names: `wheel`, or several of them."""
        return tuple(re.findall(r"`([^`]+)`", self.heading))

    @property
    def tables(self) -> list[list[dict[str, str]]]:
        """Each table as rows, each row as cells by the name of their column."""
        return [_rows(lines) for lines in re.findall(r"(?:^\|.*\n)+", self.body, flags=re.M)]

    @property
    def rows(self) -> list[dict[str, str]]:
        """The rows of the only table."""
        (table,) = self.tables
        return table

    @property
    def code(self) -> list[str]:
        """The Python blocks."""
        return re.findall(r"^```python\n(.*?)^```$", self.body, flags=re.M | re.S)


class Page:
    def __init__(self, path: Path) -> None:
        self.path = path
        self.text = path.read_text(encoding="utf-8")

    def section(self, heading: str) -> Section:
        (found,) = (each for level in range(1, 5) for each in self.sections(level) if each.heading == heading)
        return found

    def sections(self, level: int = 2, *, inside: str | None = None) -> list[Section]:
        """The sections of a level, all of them or those of the section `inside`."""
        text = _without_code(self.text) if inside is None else _without_code(self.section(inside).body)
        source = self.text if inside is None else self.section(inside).body
        starts = [(m.start(), m.end(), m[1], m[2]) for m in re.finditer(r"^(#+) (.*)$", text, flags=re.M)]
        sections = []
        for index, (_, begin, marks, heading) in enumerate(starts):
            if len(marks) != level:
                continue
            end = next((start for start, _, other, _ in starts[index + 1 :] if len(other) <= level), len(text))
            sections.append(Section(heading, source[begin:end]))
        return sections


def _without_code(text: str) -> str:
    """Blank out what is in fences: a comment of Python looks like a heading."""
    return re.sub(r"^```.*?^```$", lambda found: re.sub(r"[^\n]", " ", found[0]), text, flags=re.M | re.S)


def _rows(text: str) -> list[dict[str, str]]:
    header, _, *rows = ([cell.strip() for cell in line.strip().strip("|").split("|")] for line in text.splitlines())
    assert all(len(row) == len(header) for row in rows), f"a row of this table has other columns: {header}"
    return [dict(zip(header, row, strict=True)) for row in rows]


@pytest.fixture
def protocol() -> Page:
    return Page(ROOT / "docs/protocol.md")


@pytest.fixture
def events() -> Page:
    return Page(ROOT / "docs/events.md")


@pytest.fixture
def viewer() -> Page:
    return Page(ROOT / "docs/viewer.md")


@pytest.fixture
def architecture() -> Page:
    return Page(ROOT / "docs/architecture.md")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "page" in metafunc.fixturenames:
        pages = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
        metafunc.parametrize("page", [Page(path) for path in pages], ids=[path.name for path in pages])
    if "block" in metafunc.fixturenames:
        pages = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
        blocks = [
            (f"{path.name}, {section.heading}, {n}", code)
            for path in pages
            for section in Page(path).sections()
            for n, code in enumerate(section.code)
        ]
        metafunc.parametrize("block", [code for _, code in blocks], ids=[name for name, _ in blocks])
