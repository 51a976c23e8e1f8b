import dataclasses
import subprocess
import sys
from pathlib import Path

import pytest

from marimo_rfb.wire.messages import CLIENT_MESSAGES, HEADERS, SERVER_MESSAGES, Ack, Capability, CloseCode, ImageHeader

ROOT = Path(__file__).parents[2]


def test_no_two_messages_of_a_direction_share_a_type() -> None:
    for classes in (CLIENT_MESSAGES, SERVER_MESSAGES, HEADERS):
        kinds = [cls.type for cls in classes]
        assert len(set(kinds)) == len(kinds)


def test_a_message_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Ack(seq=1).seq = 2  # type: ignore[misc]


def test_the_words_of_version_1_are_those_of_existing_clients() -> None:
    assert list(Capability)[:4] == ["image/jpeg", "image/png", "image/webp", "webcodecs/h264-annexb"]


def test_close_codes_fit_into_a_close_frame() -> None:
    for code in CloseCode:
        assert code in (1000, 1001, 1003, 1008, 1009) or 4000 <= code <= 4999


def test_a_header_names_what_existing_clients_read() -> None:
    names = [field.name for field in dataclasses.fields(ImageHeader)]
    assert names[:5] == ["seq", "timestamp_us", "width", "height", "mime"]


@pytest.mark.skipif(not (ROOT / "js/generate_wire.py").exists(), reason="not in a source tree")
def test_the_typescript_messages_are_fresh() -> None:
    done = subprocess.run([sys.executable, "js/generate_wire.py", "--check"], cwd=ROOT, check=False)
    assert done.returncode == 0, "a generated file in js/src/wire is stale: python js/generate_wire.py"
