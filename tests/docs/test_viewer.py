"""`docs/viewer.md` says what the code does."""

import dataclasses
import inspect
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anywidget
import marimo as mo
import pytest
import traitlets

import marimo_rfb as rfb
from marimo_rfb.notebook.widget import STATES, TOOLS, TRANSPORTS
from marimo_rfb.stream.options import StreamOptions
from marimo_rfb.stream.stats import StreamStats
from marimo_rfb.wire.messages import Stats

ROOT = Path(__file__).parents[2]
INHERITED = set(anywidget.AnyWidget.class_trait_names())
TRAITS = sorted(set(rfb.RfbViewer.class_trait_names()) - INHERITED)


def sources(pattern: str) -> list[str]:
    return [path.read_text(encoding="utf-8") for path in sorted((ROOT / "js/src").rglob(pattern))]


def named(rows: list[dict[str, str]], column: str) -> dict[str, dict[str, str]]:
    return {row[column].strip("`"): row for row in rows}


def trait_rows(page: Any) -> dict[str, dict[str, str]]:
    return {k: v for section in page.sections(3, inside="Traits") for k, v in named(section.rows, "trait").items()}


def default_of(cls: type[rfb.RfbCanvas], name: str) -> Any:
    trait = cls.class_traits()[name]
    if isinstance(trait, traitlets.Container | traitlets.Dict):
        return trait.make_dynamic_default()
    return trait.default_value


def parameters_in(function: Callable[..., Any]) -> dict[str, Any]:
    return {p.name: p.default for p in inspect.signature(function).parameters.values()}


def in_words(default: Any) -> str:
    return f"`{json.dumps(default)}`" if isinstance(default, str) else f"`{default!r}`"


class TestTraits:
    def test_each_trait_has_a_row_and_each_row_a_trait(self, viewer: Any) -> None:
        assert sorted(trait_rows(viewer)) == TRAITS
        assert set(rfb.RfbCanvas.class_trait_names()) == set(rfb.RfbViewer.class_trait_names())

    @pytest.mark.parametrize("name", TRAITS)
    def test_a_trait_has_its_defaults(self, viewer: Any, name: str) -> None:
        row = trait_rows(viewer)[name]
        default, bare = default_of(rfb.RfbViewer, name), default_of(rfb.RfbCanvas, name)
        words = {"toolbar": "the tools up to `hud`", "version": "the version"}
        assert row["default"] == words.get(name, in_words(default))
        assert row["default of `RfbCanvas`"] == ("" if bare == default else in_words(bare))

    @pytest.mark.parametrize("name", TRAITS)
    def test_a_trait_takes_effect_as_its_row_says(self, viewer: Any, name: str) -> None:
        row = trait_rows(viewer)[name]
        assert row["live"] in ("yes", "reconnects", "rebuilds", "read-only", "internal")
        told = rfb.RfbViewer.class_traits()[name].help
        if told.endswith("live"):
            assert row["live"] == "yes"

    def test_what_reconnects_and_what_rebuilds_does_so_in_the_page(self, viewer: Any) -> None:
        (text,) = (each for each in sources("*.ts") if "const ADDRESS_TRAITS" in each)
        lists = {
            name: set(re.findall(r'"(\w+)"', re.findall(rf"const {name} = \[(.*?)\]", text, flags=re.S)[0]))
            for name in ("ADDRESS_TRAITS", "WORKER_TRAITS")
        }
        rows = trait_rows(viewer)
        assert {name for name, row in rows.items() if row["live"] == "reconnects"} <= lists["ADDRESS_TRAITS"]
        assert {name for name, row in rows.items() if row["live"] == "rebuilds"} == lists["WORKER_TRAITS"]

    @pytest.mark.parametrize("name", TRAITS)
    def test_a_trait_takes_each_value_that_its_row_names(self, name: str) -> None:
        trait = rfb.RfbViewer.class_traits()[name]
        if isinstance(trait, traitlets.Enum) and name != "state":
            text = (ROOT / "docs/viewer.md").read_text(encoding="utf-8")
            (line,) = (each for each in text.splitlines() if each.startswith(f"| `{name}` |") and each.count("|") > 6)
            assert all(f'`"{value}"`' in line for value in trait.values if value)


class TestFunctions:
    @pytest.mark.parametrize("function", [rfb.frame, rfb.animate, rfb.stream, rfb.serve, rfb.publish_loop])
    def test_the_parameters_are_all_there(self, viewer: Any, function: Callable[..., Any]) -> None:
        rows = viewer.section(f"`{function.__name__}`").tables[0]
        told = {row["parameter"].strip("`"): row["default"] for row in rows}
        expected = {
            p.name: "" if p.kind is p.VAR_KEYWORD else "required" if p.default is p.empty else in_words(p.default)
            for p in inspect.signature(function).parameters.values()
        }
        assert told == expected

    def test_a_server_takes_what_serve_takes_from_host_on(self) -> None:
        of_stream = {"width", "height", "name", "options"}
        expected = {name: value for name, value in parameters_in(rfb.serve).items() if name not in of_stream}
        assert parameters_in(rfb.serve_server) == expected

    def test_the_options_of_a_stream_are_all_there(self, viewer: Any) -> None:
        told = {row["option"].strip("`"): row["default"] for row in viewer.section("Options of a stream").rows}
        assert told == {field.name: in_words(field.default) for field in dataclasses.fields(StreamOptions)}

    def test_the_fields_of_a_tick_are_all_there(self, viewer: Any) -> None:
        rows = viewer.section("`animate`").tables[1]
        assert list(named(rows, "field of `Tick`")) == [field.name for field in dataclasses.fields(rfb.Tick)]

    @pytest.mark.parametrize(("cls", "chapter"), [(rfb.View, "Views"), (rfb.Stream, "Streams")])
    def test_the_members_are_all_there(self, viewer: Any, cls: type, chapter: str) -> None:
        cells = " ".join(row["attribute or method"] for row in viewer.section(chapter).rows)
        told = set(re.findall(r"`(\w+)(?:\(.*?\))?`", cells))
        inherited = set(dir(mo.ui.anywidget)) - {"value"} if cls is rfb.View else set()
        members = {name for name in dir(cls) if not name.startswith("_")} - inherited
        assert members <= told
        made = {"name", "options", "stats", "audience", "token"} if cls is rfb.Stream else set()
        assert told <= members | made

    @pytest.mark.parametrize(("cls", "chapter"), [(rfb.View, "Views"), (rfb.Stream, "Streams")])
    def test_the_parameters_of_a_method_are_those_of_the_code(self, viewer: Any, cls: type, chapter: str) -> None:
        cells = " ".join(row["attribute or method"] for row in viewer.section(chapter).rows)
        for name, told in re.findall(r"`(\w+)\((.*?)\)`", cells):
            parameters = list(inspect.signature(getattr(cls, name)).parameters.values())[1:]
            expected = [p.name if p.kind is not p.VAR_KEYWORD else f"**{p.name}" for p in parameters]
            # An iterator may be given its queue by whoever ends it.
            names = [each.partition("=")[0].strip() for each in told.split(",") if each]
            assert names == [each for each in expected if (name, each) != ("events", "inbox")], name
            for each in told.split(","):
                word, equals, default = each.strip().partition("=")
                if equals:
                    assert default == repr(inspect.signature(getattr(cls, name)).parameters[word].default), name


class TestChrome:
    def test_the_tools_are_all_there(self, viewer: Any) -> None:
        assert list(named(viewer.section("Toolbar").rows, "tool")) == list(TOOLS)
        (text,) = (each for each in sources("*.ts") if "export const TOOLS" in each)
        assert re.findall(r'"(\w+)"', re.findall(r"TOOLS = \[(.*?)\]", text, flags=re.S)[0]) == list(TOOLS)

    def test_the_states_are_all_there(self, viewer: Any) -> None:
        rows = named(viewer.section("States").rows, "state")
        assert list(rows) == list(STATES)
        (text,) = (each for each in sources("*.ts") if "const TEXTS: Readonly<Record<ConnectionState" in each)
        words = dict(re.findall(r'^  (\w+): "([\w ]+)",$', text.split("const TEXTS")[1].split("};")[0], flags=re.M))
        assert {state: row["pill"] for state, row in rows.items()} == words

    def test_the_transports_are_all_there(self, viewer: Any) -> None:
        rows = viewer.section("Wherever the notebook runs").rows
        assert list(named(rows, "`transport`")) == [each for each in TRANSPORTS if each]

    def test_the_measurements_are_all_there(self, viewer: Any) -> None:
        section = viewer.section("Measurements")
        (text,) = (each for each in sources("*.ts") if "#stats(): LinkStats {" in each)
        body = text.split("#stats(): LinkStats {")[1].split("return {")[1].split("};")[0]
        sent = re.findall(r'measured\("(\w+)"|^      (\w+):', body, flags=re.M)
        assert sorted(named(section.rows, "field")) == sorted(a or b for a, b in sent)
        told = set(re.findall(r"`(\w+)`", section.body))
        never = {"dropped", "target_bitrate", "target_fps"}
        assert {field.name for field in dataclasses.fields(Stats)} - never <= told
        assert {field.name for field in dataclasses.fields(StreamStats)} <= told


class TestStyle:
    def test_the_custom_properties_are_all_there(self, viewer: Any) -> None:
        used = {name for text in sources("*.css") for name in re.findall(r"var\((--rfb-[\w-]+)", text)}
        assert set(named(viewer.section("Custom properties").rows, "custom property")) == used

    def test_the_parts_are_all_there(self, viewer: Any) -> None:
        named_ = [
            re.findall(r'\bstyledElement\("\w+", "([\w-]+)"\)|setAttribute\("part", "([\w-]+)"\)', t)
            for t in sources("*.ts")
        ]
        parts = {a or b for found in named_ for a, b in found}
        assert set(named(viewer.section("Classes and parts").tables[0], "class and part")) == parts

    def test_the_classes_of_the_root_are_there(self, viewer: Any) -> None:
        text = "\n".join(sources("*.ts"))
        on_root = set(re.findall(r'\broot\.classList\.(?:toggle|add|remove)\("([\w-]+)"', text, flags=re.I))
        assert set(named(viewer.section("Classes and parts").tables[1], "class")) == on_root

    def test_the_attributes_of_the_root_are_there(self, viewer: Any) -> None:
        text = "\n".join(sources("*.ts"))
        data = {f"data-{name}" for name in re.findall(r"\broot\.dataset\.(\w+) =", text, flags=re.I)}
        assert set(named(viewer.section("Attributes").rows, "attribute of `rfb-root`")) == data
