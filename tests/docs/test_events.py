"""`docs/events.md` says what the code does."""

import dataclasses
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support import act, drag

from marimo_rfb import events as code
from marimo_rfb.errors import WireError
from marimo_rfb.events import EVENT_TYPES, InputEvent, check_event, merge_events
from marimo_rfb.flow.drag_detector import DragDetector, describe_drag
from marimo_rfb.notebook.events.event_dispatcher import LISTENABLE, EventDispatcher
from marimo_rfb.stream.stream import Stream
from marimo_rfb.wire.json_codec import encode_message
from marimo_rfb.wire.messages import Hello, SetViewport
from marimo_rfb.wire.viewer_protocol import ViewerProtocol

ROOT = Path(__file__).parents[2]
SAMPLES: dict[str, Any] = {
    "number": 1.5,
    "integer": 3,
    "string": "a",
    "boolean": True,
    "array of integer": [1],
    "array of string": ["Shift"],
    "object": {"1": {"x": 1}},
}
# An integer is a number too; an empty object or list would do for several.
ALSO = {"number": {"integer"}}
CHECKED = list(EVENT_TYPES)


def section_of(page: Any, kind: str) -> Any:
    chapters = ("Events", "Synthesized events")
    (found,) = (s for chapter in chapters for s in page.sections(3, inside=chapter) if kind in s.names)
    return found


def table_of(page: Any, kind: str) -> dict[str, dict[str, str]]:
    tables = section_of(page, kind).tables
    return {row["field"].strip("`"): row for row in tables[0]} if tables else {}


def test_each_event_has_a_section_and_each_section_an_event(events: Any) -> None:
    plain = [name for section in events.sections(3, inside="Events") for name in section.names]
    made = [name for section in events.sections(3, inside="Synthesized events") for name in section.names]
    assert sorted([*plain, *made]) == sorted(LISTENABLE)
    assert set(made) == set(LISTENABLE) - set(EVENT_TYPES) - {"resize", "close"}


@pytest.mark.parametrize("kind", CHECKED)
def test_the_fields_of_an_event_are_all_there(events: Any, kind: str) -> None:
    assert list(table_of(events, kind)) == list(EVENT_TYPES[kind])


@pytest.mark.parametrize("kind", CHECKED)
def test_the_fields_of_an_event_have_their_types_and_defaults(events: Any, kind: str) -> None:
    table = table_of(events, kind)
    whole = {"type": kind, **{name: SAMPLES[row["type"]] for name, row in table.items()}}
    check_event(whole, now_s=0.0)
    for name, row in table.items():
        for other, sample in SAMPLES.items():
            if other == row["type"] or other in ALSO.get(row["type"], ()):
                continue
            with pytest.raises(WireError):
                check_event({**whole, name: sample}, now_s=0.0)
        rest = {key: value for key, value in whole.items() if key != name}
        if row["default"] == "required":
            with pytest.raises(WireError):
                check_event(rest, now_s=0.0)
        else:
            default = json.loads(row["default"].strip("`"))
            assert check_event(rest, now_s=0.0)[name] == (tuple(default) if isinstance(default, list) else default)


def test_the_common_fields_are_all_there_and_have_their_types(events: Any) -> None:
    rows = {row["field"].strip("`"): row for row in events.section("Common fields").rows}
    assert list(rows) == list(vars(code)["_EXTRAS"])
    for name, row in rows.items():
        assert check_event({"type": "show", name: SAMPLES[row["type"]]}, now_s=0.0)[name] == SAMPLES[row["type"]]
        with pytest.raises(WireError):
            check_event({"type": "show", name: []}, now_s=0.0)


def test_the_page_sends_nothing_else(events: Any) -> None:
    sources = [path.read_text(encoding="utf-8") for path in (ROOT / "js/src").rglob("*.ts")]
    pattern = r"export interface InputEvent \{(.*?)^\}"
    (body,) = (found for text in sources for found in re.findall(pattern, text, flags=re.M | re.S))
    sent = set(re.findall(r"readonly (\w+)\??:", body)) - {"type"}
    told = {row["field"].strip("`") for row in events.section("Common fields").rows}
    for kind in (*EVENT_TYPES, "resize"):
        told |= set(table_of(events, kind))
    assert sent <= told


def test_a_resize_is_what_the_page_says(events: Any) -> None:
    viewer = ViewerProtocol(offered=("image/png",))
    viewer.greet(encode_message(Hello(supported=("image/png",))), 0.0)
    viewer.accept(width=4, height=2)
    viewer.receive(encode_message(SetViewport(width=4.0, height=2.0, pwidth=4, pheight=2)), 0.0)
    (resize,) = viewer.events
    assert set(resize) - {"type", "timestamp"} == set(table_of(events, "resize"))
    viewer.lost(1.0)
    assert viewer.events[-1] == {"type": "close", "timestamp": 1.0}
    assert table_of(events, "close") == {}


def test_what_merges_is_what_the_page_says(events: Any) -> None:
    told = {
        row["type"].strip("`"): set(re.findall(r"`(\w+)`", row["merges if these are equal"]))
        for row in events.section("Merging and order").rows
    }
    assert told == {kind: set(names) for kind, names in code.MERGED_WHEN_SAME.items()}
    wheel = check_event({"type": "wheel", "x": 1, "y": 2, "dx": 3, "dy": 4}, now_s=0.0)
    merged = merge_events(wheel, {**wheel, "x": 9})
    assert merged is not None
    assert (merged["x"], merged["dx"], merged["dy"]) == (9, 6, 8)


def test_an_input_event_has_the_attributes_that_the_page_lists(events: Any) -> None:
    rows = [row["attribute"].strip("`") for row in events.section("Ways to read events").tables[1]]
    fields = [field.name for field in dataclasses.fields(InputEvent)]
    others = [n for n in vars(InputEvent) if not n.startswith("_") and n not in fields]
    assert rows == [*fields, *(f"{n}()" if callable(getattr(InputEvent, n)) else n for n in others)]


@pytest.mark.parametrize("kind", ["drag", "dragging"])
def test_a_drag_is_what_the_page_says(events: Any, stream: Stream, kind: str) -> None:
    drag(stream, (1, 2), (30, 40))
    tracker = DragDetector()
    (found,) = (d for event in stream.poll_events() if (d := tracker.feed(event.event)))
    described = describe_drag(found["start"], found["end"], width=64, height=48, kind=kind)
    assert [name for name in described if name != "type"] == list(table_of(events, kind))


@pytest.mark.parametrize("kind", ["click", "pick"])
def test_clicks_and_picks_are_what_the_page_says(events: Any, stream: Stream, kind: str) -> None:
    class Here:
        """A session whose kernel does everything at once."""

        def call_soon(self, function: Any) -> None:
            function()

    stream.publish(np.zeros((48, 64)))
    heard: list[Any] = []
    dispatcher = EventDispatcher(Here(), stream)  # type: ignore[arg-type]
    dispatcher.listen(kind, heard.append)
    act(stream, "pointer_down", x=3, y=4, button=1, buttons=[1])
    act(stream, "pointer_up", x=3, y=4, button=1, buttons=[])
    dispatcher.close()
    (event,) = heard
    assert set(event) - {"type", "id"} == set(table_of(events, kind))
