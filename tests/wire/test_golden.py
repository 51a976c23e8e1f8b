"""The bytes of the wire, pinned by the golden file that TypeScript reads too."""

import json
from typing import Any

import pytest
from support import golden

from marimo_rfb.errors import WireError
from marimo_rfb.wire.envelope import pack, unpack
from marimo_rfb.wire.json_codec import encode_message, parse_client, parse_server
from marimo_rfb.wire.messages import CLIENT_MESSAGES, HEADERS, SERVER_MESSAGES

WIRE = golden("wire.json")


def cases(section: str) -> Any:
    return pytest.mark.parametrize("case", [pytest.param(c, id=c["name"]) for c in WIRE[section]])


def written(message: Any) -> Any:
    return json.loads(encode_message(message))


@cases("client")
def test_a_client_message_reads_as_its_fields(case: Any) -> None:
    message = parse_client(case["text"])
    assert written(message) == case["fields"]


@cases("server")
def test_a_server_message_reads_as_its_fields(case: Any) -> None:
    message = parse_server(case["text"])
    assert written(message) == case["fields"]


@pytest.mark.parametrize("side", ["client", "server"])
def test_what_is_read_strictly_is_written_back_byte_for_byte(side: str) -> None:
    parse = {"client": parse_client, "server": parse_server}[side]
    strict = [c for c in WIRE[side] if not c.get("lenient")]
    assert [encode_message(parse(c["text"])) for c in strict] == [c["text"] for c in strict]


@cases("envelopes")
def test_an_envelope_reads_as_header_and_payload(case: Any) -> None:
    header, payload = unpack(bytes.fromhex(case["hex"]))
    assert written(header) == case["header"]
    assert payload.hex() == case["payload_hex"]


def test_a_strict_envelope_is_packed_back_byte_for_byte() -> None:
    strict = [c["hex"] for c in WIRE["envelopes"] if not c.get("lenient")]
    assert [pack(*unpack(bytes.fromhex(text))).hex() for text in strict] == strict


@cases("malformed_client")
def test_a_malformed_client_message_is_refused(case: Any) -> None:
    with pytest.raises(WireError):
        parse_client(case["text"])


@cases("malformed_control")
def test_a_malformed_server_message_is_refused(case: Any) -> None:
    with pytest.raises(WireError):
        parse_server(case["text"])


@cases("malformed_envelopes")
def test_a_malformed_envelope_is_refused(case: Any) -> None:
    with pytest.raises(WireError):
        unpack(bytes.fromhex(case["hex"]))


@cases("ignored_control")
def test_an_unknown_type_reads_as_nothing_in_both_directions(case: Any) -> None:
    assert parse_client(case["text"]) is None
    assert parse_server(case["text"]) is None


@pytest.mark.parametrize(
    ("section", "key", "classes"),
    [
        ("client", "fields", CLIENT_MESSAGES),
        ("server", "fields", SERVER_MESSAGES),
        ("envelopes", "header", HEADERS),
    ],
)
def test_every_message_and_each_of_its_fields_has_a_golden_case(section: str, key: str, classes: Any) -> None:
    seen: dict[str, set[str]] = {}
    for case in WIRE[section]:
        fields = case[key]
        seen.setdefault(fields["type"], set()).update(fields)
    assert seen == {c.type: {"type", *c.__dataclass_fields__} for c in classes}


def test_every_client_message_with_a_required_field_has_a_malformed_case() -> None:
    kinds = {c["text"].partition('"type":"')[2].partition('"')[0] for c in WIRE["malformed_client"]}
    assert {c.type for c in CLIENT_MESSAGES} <= kinds
