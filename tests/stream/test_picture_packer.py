import pytest
from support import noise

from marimo_rfb.encode.base import Chunk
from marimo_rfb.encode.dirty_tiles import Rect
from marimo_rfb.frame import Frame
from marimo_rfb.stream.picture_packer import PicturePacker
from marimo_rfb.wire.envelope import unpack
from marimo_rfb.wire.messages import ImageHeader, RectsHeader
from marimo_rfb.wire.picture_state import EXACT, FINE, PictureState

FAST = 9
LEFT, RIGHT = Rect(0, 0, 32, 32), Rect(32, 0, 16, 32)
JPEG = Chunk(b"jpeg", "image/jpeg")
PNG = Chunk(b"png", "image/png", is_lossless=True)
# Of a picture that was scaled down before.
SMALL_PNG = Chunk(b"small", "image/png")


@pytest.fixture
def packer() -> PicturePacker:
    return PicturePacker(Frame(noise(48, 32), 5, 2.5, pixel_ratio=2.0), chain=3, frame_seq=7, rank=FAST)


def had(frame_seq: int, quality: int = FAST) -> PictureState:
    return PictureState(3, frame_seq, bytes([quality] * 6))


@pytest.mark.parametrize(
    ("chunk", "quality", "lossless"), [(JPEG, FAST, None), (PNG, EXACT, None), (SMALL_PNG, FAST, False)]
)
def test_a_whole_picture(packer: PicturePacker, chunk: Chunk, quality: int, lossless: bool | None) -> None:
    packet = packer.whole(chunk, seq=9)
    header, payload = unpack(packet.message)
    assert header == ImageHeader(
        seq=9,
        timestamp_us=2_500_000,
        width=48,
        height=32,
        mime=chunk.mime,
        pixel_ratio=2.0,
        lossless=lossless,
    )
    assert (bytes(payload), packet.seq, packet.frame_seq, packet.is_key, packet.is_settled) == (
        chunk.payload,
        9,
        7,
        True,
        False,
    )
    assert packet.update.after(None).qualities == bytes([quality] * 6)


def test_parts(packer: PicturePacker) -> None:
    packet = packer.parts([(LEFT, JPEG), (RIGHT, PNG)], seq=9, base_seq=4)
    header, payload = unpack(packet.message)
    assert isinstance(header, RectsHeader)
    assert (header.base_seq, header.rects, header.mimes) == (
        4,
        (*LEFT, 4, *RIGHT, 3),
        ("image/jpeg", "image/png"),
    )
    assert (bytes(payload), header.lossless, packet.is_key, packet.is_settled) == (b"jpegpng", None, False, False)
    assert packet.update.after(had(4)).qualities == bytes([FAST, FAST, EXACT] * 2)
    small, _ = unpack(packer.parts([(LEFT, SMALL_PNG)], seq=9, base_seq=4).message)
    assert isinstance(small, RectsHeader)
    assert small.lossless is False


def test_better_parts_are_for_those_who_have_the_picture_or_one_that_looks_the_same(packer: PicturePacker) -> None:
    packet = packer.refined([(LEFT, JPEG)], seq=9, before=had(7))
    assert [seq for seq in range(9) if packet.update.applies_to(had(seq))] == [5, 6, 7]
    assert packet.update.after(had(5)).qualities == bytes([FINE, FINE, FAST] * 2)
    assert packet.is_settled
    header, _ = unpack(packet.message)
    assert isinstance(header, RectsHeader)
    assert (header.base_seq, header.lossless) == (5, False)


def test_what_makes_the_picture_exact_says_so(packer: PicturePacker) -> None:
    left = packer.refined([(LEFT, PNG)], seq=9, before=had(7))
    assert unpack(left.message)[0].lossless is False  # type: ignore[union-attr]
    right = packer.refined([(RIGHT, PNG)], seq=10, before=left.update.after(had(7)))
    assert unpack(right.message)[0].lossless is True  # type: ignore[union-attr]
    assert not right.update.applies_to(had(7))
    whole = packer.refined([(Rect(0, 0, 48, 32), PNG)], seq=11, before=had(7))
    assert unpack(whole.message)[0].lossless is True  # type: ignore[union-attr]
    assert whole.is_key
    assert whole.update.after(None).worst == EXACT
    fine = packer.refined([(Rect(0, 0, 48, 32), JPEG)], seq=11, before=had(7))
    assert unpack(fine.message)[0].lossless is False  # type: ignore[union-attr]
    assert fine.update.after(None).worst == FINE
