from marimo_rfb.wire.envelope import pack, unpack
from marimo_rfb.wire.messages import ImageHeader
from marimo_rfb.wire.packet import Packet
from marimo_rfb.wire.picture_update import PictureUpdate


def test_another_number_changes_nothing_else() -> None:
    header = ImageHeader(seq=3, timestamp_us=17, width=8, height=6, mime="image/png", lossless=True)
    packet = Packet(3, True, pack(header, b"picture"), PictureUpdate(1, 3, (1, 1), ()))
    again = packet.numbered(9).numbered(11)
    other, payload = unpack(again.message)
    assert (again.seq, again.frame_seq, again.is_key, other.seq) == (11, 3, True, 11)
    assert (other.timestamp_us, other.mime, bytes(payload)) == (17, "image/png", b"picture")  # type: ignore[union-attr]
    assert (packet.seq, packet.frame_seq) == (3, 3)
