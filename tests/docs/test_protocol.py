"""`docs/protocol.md` says what the code does."""

import asyncio
import dataclasses
import importlib
import json
import re
import types
import typing
from pathlib import Path
from typing import Any

import pytest
from support import IMAGES, RawClient, card, golden

import marimo_rfb as rfb
from marimo_rfb.flow.congestion_window import CongestionWindow
from marimo_rfb.flow.layer_controller import LayerReason
from marimo_rfb.flow.quality_level import COMM_LAYERS, LAYERS
from marimo_rfb.hub.core import core_of
from marimo_rfb.hub.viewer_socket import ProxyHeader
from marimo_rfb.stream.options import StreamOptions
from marimo_rfb.wire import messages as m
from marimo_rfb.wire.envelope import unpack

ROOT = Path(__file__).parents[2]
WORDS = {str: "string", int: "integer", float: "number", bool: "boolean", dict: "object", m.Color: "color"}
CHAPTERS = {
    "Client messages": m.CLIENT_MESSAGES,
    "Server messages": m.SERVER_MESSAGES,
    "Headers of binary messages": (*m.HEADERS, m.Color),
}
MESSAGES = [(chapter, cls) for chapter, classes in CHAPTERS.items() for cls in classes]


def type_in_words(annotation: Any) -> str:
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is types.UnionType:
        return type_in_words(arguments[0])
    if origin is typing.Literal:
        return "string: " + " or ".join(f"`{each}`" for each in arguments)
    if origin is tuple:
        return f"array of {WORDS[arguments[0]]}"
    return WORDS[origin or annotation]


def default_in_words(field: Any) -> str:
    if field.default is dataclasses.MISSING:
        return "required"
    if field.default is None:
        return "absent"
    written = json.dumps(field.default)
    return f"`{written}`" if isinstance(field.default, str) else written


def name_of(cls: type) -> str:
    return getattr(cls, "type", cls.__name__.lower())


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_each_message_has_a_section_and_each_section_a_message(protocol: Any, chapter: str) -> None:
    documented = [section.names[0] for section in protocol.sections(3, inside=chapter)]
    assert documented == [name_of(cls) for cls in CHAPTERS[chapter]]


@pytest.mark.parametrize(("chapter", "cls"), MESSAGES, ids=[f"{c.split()[0]} {name_of(cls)}" for c, cls in MESSAGES])
def test_the_fields_of_a_message_have_their_types_and_defaults(protocol: Any, chapter: str, cls: Any) -> None:
    (section,) = (s for s in protocol.sections(3, inside=chapter) if s.names[0] == name_of(cls))
    hints = typing.get_type_hints(cls)
    expected = [(f"`{f.name}`", type_in_words(hints[f.name]), default_in_words(f)) for f in dataclasses.fields(cls)]
    assert [(row["field"], row["type"], row["default"]) for row in section.rows] == expected
    assert all(row["meaning"] for row in section.rows)


def test_the_capabilities_are_all_there(protocol: Any) -> None:
    rows = protocol.section("Versions and capabilities").rows
    assert [row["capability"].strip("`") for row in rows] == list(m.Capability)
    version_1 = [row["capability"].strip("`") for row in rows if row["version 1"] == "yes"]
    assert version_1 == [m.Capability.JPEG, m.Capability.PNG, m.Capability.WEBP, m.Capability.H264]


def test_the_close_codes_are_all_there(protocol: Any) -> None:
    rows = protocol.section("Close codes").rows
    assert [(row["code"], row["name"]) for row in rows] == [(str(c.value), f"`{c.name}`") for c in m.CloseCode]


def test_the_widget_does_with_a_close_code_what_the_page_says(protocol: Any) -> None:
    (source,) = (text for text in typescript() if "export function closeReason" in text)
    told = {int(row["code"]): row["state"].strip("`") for row in protocol.section("Close codes").rows}
    told[1001] = told[1001].split("`")[-1]  # the other state is that of `bye`
    for code in m.CloseCode:
        body = source.split(f"case CloseCode.{code.name}:")[1].split("case ")[0]
        if re.search(r"(return |\.\.\.)error\(", body):
            state = "error"
        elif "return lost(" in body:
            state = "reconnecting"
        else:
            state = re.findall(r'state: "(\w+)"', body)[0]
        assert state == told[code], code


def test_the_example_of_a_binary_message_is_one(protocol: Any) -> None:
    section = protocol.section("Binary messages")
    lines = re.findall(r"^[0-9a-f]{6}  ((?:[0-9a-f]{2} )+)", section.body, flags=re.M)
    message = bytes.fromhex("".join(lines))
    offsets = [int(each, 16) for each in re.findall(r"^([0-9a-f]{6})  ", section.body, flags=re.M)]
    lengths = [len(bytes.fromhex(line)) for line in lines]
    assert offsets == [sum(lengths[:n]) for n in range(len(lengths))]
    (expected,) = (each for each in golden("wire.json")["envelopes"] if each["name"] == "image of version 1")
    assert message.hex() == expected["hex"]
    header, payload = unpack(message)
    assert (header.width, header.height, len(payload)) == (4, 2, 7)


def test_the_fields_of_the_metrics_are_all_there(protocol: Any) -> None:
    of_stream, of_viewer = asyncio.run(metrics())
    _, first, second = protocol.section("HTTP endpoints").tables
    assert [row["field"].strip("`") for row in first] == list(of_stream)
    assert [row["field"].strip("`") for row in second] == list(of_viewer)


async def metrics() -> tuple[Any, Any]:
    stream = await rfb.serve(64, 48)
    try:
        stream.publish(card())
        async with RawClient.watching(stream, supported=IMAGES) as client:
            await client.next_picture()
            told: Any = core_of(stream.server).metrics("default")
        return told, told["viewers"][0]
    finally:
        await stream.aclose()


def test_the_fields_of_the_context_of_a_hook_are_all_there(protocol: Any) -> None:
    table = protocol.section("Authentication").tables[0]
    assert [row["field"].strip("`") for row in table] == [f.name for f in dataclasses.fields(rfb.AuthContext)]


def test_the_headers_of_the_relay_are_all_there(protocol: Any) -> None:
    sent = {value for name, value in vars(ProxyHeader).items() if not name.startswith("_")}
    rows = protocol.section("In marimo's server").rows
    assert {row["header"].strip("`") for row in rows} == sent


def test_the_levels_of_quality_are_those_of_the_code(protocol: Any) -> None:
    layers, comm = protocol.section("Layers").tables
    for row, (number, layer) in zip(layers, enumerate(LAYERS), strict=True):
        told = [float(value.removesuffix(" %")) for value in row.values()]
        assert told == [number, min(layer.quality, StreamOptions().max_quality), 100 * layer.scale]
    told = [tuple(int(number) for number in re.findall(r"\d+", " ".join(row.values()))) for row in comm]
    for (level, quality, width, height, fps), (number, grade) in zip(told, enumerate(COMM_LAYERS, 1), strict=True):
        assert (level, quality, width * height, fps) == (number, grade.quality, grade.max_pixels, grade.max_fps)


def test_the_reasons_of_a_layer_are_those_of_the_code(protocol: Any) -> None:
    (told,) = (row["meaning"] for row in protocol.section("`stats`").rows if row["field"] == "`layer_reason`")
    assert set(re.findall(r"`(\w+)`", told)) == set(LayerReason)


def test_the_widget_supports_what_the_page_says() -> None:
    (listed,) = (found for text in typescript() for found in re.findall(r"SUPPORTED.*?= \[(.*?)\];", text, flags=re.S))
    names = re.findall(r"Capability\.(\w+)", listed)
    supported = {m.Capability[name].value for name in names}
    assert supported == {each for each in m.Capability if each.startswith(("image/", "frame/", "control/"))}


def typescript() -> list[str]:
    return [path.read_text(encoding="utf-8") for path in sorted((ROOT / "js/src").rglob("*.ts"))]


# Module, constant, the row of the table, and the words for the value.
LIMITS = [
    ("marimo_rfb.wire.messages", "MAX_CONTROL_BYTES", "text message", "65,536 bytes"),
    ("marimo_rfb.wire.json_codec", "MAX_ITEMS", "items of an array", "64"),
    ("marimo_rfb.wire.messages", "MAX_RECTS", "rectangles of an `image_rects`", "64"),
    ("marimo_rfb.wire.close_reason", "MAX_REASON_BYTES", "close reason", "123 bytes"),
    ("marimo_rfb.wire.viewer_protocol", "HELLO_TIMEOUT_S", "time until `hello`", "5 s"),
    ("marimo_rfb.wire.viewer_protocol", "MAX_MESSAGES_HZ", "messages of a client", "2,000 a second"),
    ("marimo_rfb.wire.viewer_protocol", "MAX_INSPECTIONS_HZ", "`inspect`", "120 a second"),
    ("marimo_rfb.wire.viewer_protocol", "MAX_CHOICES_HZ", "`set_contrast`", "250 a second"),
    ("marimo_rfb.wire.viewer_protocol", "MAX_CAPTURES_HZ", "`capture`", "4 a second"),
    ("marimo_rfb.wire.viewer_protocol", "MAX_HISTOGRAMS_HZ", "`ask_histogram`", "10 a second"),
    ("marimo_rfb.flow.restart_limiter", "BURST", "`request_keyframe`", "burst of 10"),
    ("marimo_rfb.flow.restart_limiter", "RATE_HZ", "`request_keyframe`", "5 a second"),
    ("marimo_rfb.hub.external_socket", "MAX_WAITING", "unread messages", "1,000 messages"),
    ("marimo_rfb.hub.viewer_socket", "MAX_UNSENT_BYTES", "unsent pictures", "2 MiB"),
    ("marimo_rfb.hub.viewer_socket", "MAX_UNREAD_TEXT_BYTES", "unsent text", "1 MiB"),
    ("marimo_rfb.hub.admission", "MAX_CONNECTIONS", "viewers of a hub", "512"),
    ("marimo_rfb.hub.admission", "MAX_WAITING", "connections of a hub that wait", "256"),
    ("marimo_rfb.hub.authenticator", "AUTHENTICATE_TIMEOUT_S", "`authenticate` hook", "30 s"),
    ("marimo_rfb.hub.authenticator", "MAX_PENDING", "`authenticate` hook", "64 at a time"),
    ("marimo_rfb.hub.authenticator", "MAX_PENDING_PER_CLIENT", "`authenticate` hook", "48 of one client"),
    ("marimo_rfb.server.proxy", "MAX_SOCKETS", "sockets of the relay", "512"),
    ("marimo_rfb.asgi", "MAX_UNSENT", "unsent messages", "1,000"),
    ("marimo_rfb.asgi", "SEND_TIMEOUT_S", "unsent messages", "60 s"),
    ("marimo_rfb.notebook.comm.comm_transport", "MAX_CONNECTIONS", "`comm` connections", "8"),
    ("marimo_rfb.stream.event_queue", "CAPACITY", "events that nobody reads", "1,024"),
    ("marimo_rfb.frame", "MAX_SIDE", "side of a frame", "16,384 pixels"),
]


@pytest.mark.parametrize(("module", "constant", "row", "words"), LIMITS, ids=[f"{m}.{c}" for m, c, _, _ in LIMITS])
def test_the_limits_are_those_of_the_code(protocol: Any, module: str, constant: str, row: str, words: str) -> None:
    (told,) = (each["value"] for each in protocol.section("Limits").rows if each["limit"].startswith(row))
    assert re.search(rf"(?<![\d,]){re.escape(words)}\b", told)
    number = float(re.findall(r"[\d,]+", words)[0].replace(",", ""))
    value = getattr(importlib.import_module(module), constant)
    assert value == number * (1 << 20 if words.endswith("MiB") else 1)


def test_every_limit_has_a_check_or_is_an_option(protocol: Any) -> None:
    checked = [row for _, _, row, _ in LIMITS]
    others = ("pictures in flight", "viewers of a stream")
    for each in protocol.section("Limits").rows:
        assert each["limit"].startswith((*checked, *others)), each["limit"]
    window = CongestionWindow()
    assert window.limit == 2
    window.on_rtt(1.0, 0.0)
    for n in range(200):
        window.on_sent(n)
        window.on_ack(n, n / 100)
    assert window.limit == 32
    assert StreamOptions().max_viewers == 64
