import json
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from support import EXTENSIONS, IMAGES, golden

from marimo_rfb.flow.pressed_state import MAX_KEYS_HELD
from marimo_rfb.flow.restart_limiter import BURST, RATE_HZ
from marimo_rfb.wire.json_codec import encode_message
from marimo_rfb.wire.messages import (
    Ack,
    AskTime,
    Capture,
    ClientMessage,
    Clipboard,
    CloseCode,
    Cursor,
    DecoderReset,
    Event,
    Hello,
    Inspect,
    LimitRate,
    Notice,
    RequestFailed,
    RequestKeyframe,
    SelectTransport,
    SetContrast,
    SetViewport,
    Stats,
    Visibility,
)
from marimo_rfb.wire.packet import Packet
from marimo_rfb.wire.picture_state import PictureState
from marimo_rfb.wire.viewer_effects import CodecSelected
from marimo_rfb.wire.viewer_protocol import (
    MAX_CAPTURES_HZ,
    MAX_CHOICES_HZ,
    MAX_INSPECTIONS_HZ,
    MAX_MESSAGES_HZ,
    MAX_VIEW,
    Close,
    Phase,
    ViewerProtocol,
)

HELLO = Hello(supported=IMAGES + EXTENSIONS, device_pixel_ratio=2.0)


def packet(seq: int, *, is_key: bool = True) -> Packet:
    return Packet(seq, is_key, b"x" * 10, PictureState(1, seq, seq))


def say(viewer: ViewerProtocol, message: ClientMessage, now_s: float = 1.0) -> None:
    viewer.receive(encode_message(message), now_s)


def act(viewer: ViewerProtocol, kind: str, now_s: float = 1.0, **fields: Any) -> None:
    say(viewer, Event(event={"type": kind, "timestamp": now_s, **fields}), now_s)


def let_in(hello: Hello = HELLO, *, offered: tuple[str, ...] = IMAGES) -> ViewerProtocol:
    viewer = ViewerProtocol(offered=offered)
    viewer.greet(encode_message(hello), 0.0)
    viewer.accept(width=640, height=480)
    viewer.outgoing.clear()
    return viewer


def let_in_by(hello: Hello) -> ViewerProtocol:
    """Return a viewer with what it was told when it was let in."""
    viewer = ViewerProtocol(offered=IMAGES)
    viewer.greet(encode_message(hello), 0.0)
    viewer.accept(width=640, height=480)
    return viewer


def requests(viewer: ViewerProtocol) -> list[Any]:
    """Return what the viewer asked of the stream."""
    return [effect for effect in viewer.effects if isinstance(effect, (CodecSelected, Inspect, Capture))]


def configs(viewer: ViewerProtocol) -> list[dict[str, Any]]:
    return [said for said in map(json.loads, viewer.outgoing) if said["type"] == "config"]


def code(viewer: ViewerProtocol) -> CloseCode | None:
    return None if viewer.closing is None else viewer.closing.code


class TestHello:
    @pytest.mark.parametrize(("sent", "kept"), [(None, ""), ("", ""), ("a" * MAX_VIEW, "a" * MAX_VIEW), ("a" * 65, "")])
    def test_it_may_name_a_view_in_so_many_characters(self, sent: str | None, kept: str) -> None:
        assert let_in(Hello(supported=IMAGES, view=sent)).view == kept

    def test_a_viewer_that_says_hello_and_is_let_in_gets_a_config(self) -> None:
        viewer = ViewerProtocol(offered=IMAGES)
        viewer.greet(encode_message(HELLO), 0.0)
        assert viewer.hello == HELLO
        assert not viewer.outgoing
        viewer.accept(width=640, height=480)
        assert viewer.phase is Phase.WAITING_KEY
        assert [json.loads(text) for text in viewer.outgoing] == [
            {
                "type": "config",
                "transport": "image",
                "width": 640,
                "height": 480,
                "coords": "frame-pixels",
                "codec": "image/jpeg",
                "transports": list(IMAGES),
                "extras": list(EXTENSIONS),
            }
        ]

    @pytest.mark.parametrize(
        ("supported", "extras"),
        [
            ((), None),
            (("control/hologram", "frames/rect"), None),
            (("frame/rect",), []),
            (("control/time", "control/hologram", "control/notice"), ["control/notice", "control/time"]),
        ],
    )
    def test_a_viewer_is_told_which_of_its_extensions_there_are(
        self, supported: tuple[str, ...], extras: list[str] | None
    ) -> None:
        (config,) = configs(let_in_by(Hello(supported=("image/png", *supported))))
        assert config.get("extras") == extras
        assert "codec" not in config

    def test_an_existing_client_never_sees_what_it_did_not_ask_for(self) -> None:
        viewer = ViewerProtocol(offered=IMAGES)
        viewer.greet('{"type":"hello","supported":["image/jpeg"],"device_pixel_ratio":1}', 0.0)
        viewer.accept(width=640, height=480)
        viewer.post(Notice(text="an error"))
        assert list(viewer.outgoing) == [
            '{"type":"config","transport":"image","width":640,"height":480,"coords":"frame-pixels"}'
        ]

    def test_nothing_is_sent_before_the_viewer_is_let_in(self) -> None:
        viewer = ViewerProtocol(offered=IMAGES)
        assert not viewer.offer(packet(1))
        viewer.greet(encode_message(HELLO), 0.0)
        viewer.send_stats(Stats(fps_sent=1.0))
        assert not viewer.offer(packet(1))
        assert not viewer.outgoing

    @pytest.mark.parametrize(
        "case", [pytest.param(c["text"], id=c["name"]) for c in golden("wire.json")["malformed_client"]]
    )
    def test_a_malformed_hello_closes(self, case: str) -> None:
        viewer = ViewerProtocol(offered=IMAGES)
        viewer.greet(case, 0.0)
        assert viewer.hello is None
        assert code(viewer) == CloseCode.PROTOCOL

    @pytest.mark.parametrize("text", ['{"type":"ack","seq":1}', '{"type":"hologram"}', '{"type":"decoder_reset"}'])
    def test_another_first_message_closes(self, text: str) -> None:
        viewer = ViewerProtocol(offered=IMAGES)
        viewer.greet(text, 0.0)
        assert code(viewer) == CloseCode.PROTOCOL
        assert "first message must be hello" in viewer.closing.reason  # type: ignore[union-attr]

    def test_without_a_transport_in_common_the_reason_says_what_there_is(self) -> None:
        viewer = let_in(Hello(supported=("webcodecs/av1",)), offered=("image/jpeg", "image/png"))
        assert code(viewer) == CloseCode.NO_TRANSPORT
        assert viewer.closing is not None
        assert viewer.closing.reason == "no codec in common; this stream offers image/jpeg, image/png"
        assert not viewer.offer(packet(1))

    def test_the_first_transport_of_the_stream_is_chosen(self) -> None:
        assert let_in(Hello(supported=("image/webp", "image/png"))).codec == "image/png"


class TestFrames:
    def test_the_first_frame_must_be_a_key(self) -> None:
        viewer = let_in()
        assert not viewer.offer(packet(1, is_key=False))
        assert viewer.offer(packet(2))
        assert viewer.phase is Phase.LIVE
        assert viewer.offer(packet(3, is_key=False))

    def test_a_viewer_without_credit_gets_nothing(self) -> None:
        viewer = let_in()
        assert viewer.offer(packet(1))
        assert viewer.offer(packet(2))
        assert not viewer.ready
        assert not viewer.offer(packet(3))
        assert viewer.frames_sent == 2
        assert viewer.bytes_sent == 20

    def test_an_ack_gives_credit_back(self) -> None:
        viewer = let_in()
        viewer.offer(packet(1))
        viewer.offer(packet(2))
        say(viewer, Ack(seq=1, decode_queue_size=3))
        assert viewer.ready
        assert viewer.decode_queue_size == 3
        assert viewer.offer(packet(9))
        assert (viewer.last_sent_seq, viewer.last_acked_seq, viewer.frames_acked) == (9, 1, 1)

    def test_an_ack_of_what_was_never_sent_grants_nothing(self) -> None:
        viewer = let_in()
        say(viewer, Ack(seq=1_000_000))
        assert viewer.offer(packet(1))
        assert viewer.offer(packet(2))
        assert not viewer.offer(packet(3))
        assert viewer.last_acked_seq == 0

    def test_an_ack_ahead_frees_no_more_than_what_was_sent(self) -> None:
        viewer = let_in()
        viewer.offer(packet(1))
        say(viewer, Ack(seq=1_000_000))
        assert viewer.frames_acked == 1
        assert viewer.last_acked_seq == 1

    def test_an_older_frame_or_the_same_again_is_not_sent(self) -> None:
        viewer = let_in()
        assert viewer.offer(packet(5))
        assert not viewer.offer(packet(5))
        assert not viewer.offer(packet(4))
        assert viewer.offer(packet(6))

    def test_a_client_that_asks_for_a_key_gets_the_newest_frame_again(self) -> None:
        viewer = let_in()
        viewer.offer(packet(5))
        say(viewer, RequestKeyframe(reason="lost"))
        assert viewer.phase is Phase.WAITING_KEY
        assert not viewer.offer(packet(4))
        assert not viewer.offer(packet(5, is_key=False))
        assert viewer.offer(packet(5))
        assert viewer.window.in_flight == 2

    def test_asking_for_keys_again_and_again_grants_no_credit(self) -> None:
        viewer = let_in()
        for _ in range(10):
            say(viewer, RequestKeyframe())
            viewer.offer(packet(5))
        assert viewer.window.in_flight == 2

    def test_a_viewer_that_starts_over_gets_the_frame_it_has_again(self) -> None:
        viewer = let_in()
        viewer.offer(packet(5))
        viewer.restart()
        assert viewer.phase is Phase.WAITING_KEY
        assert not viewer.offer(packet(4))
        assert viewer.offer(packet(5))

    def test_a_viewer_that_is_not_in_or_is_gone_does_not_come_in_by_starting_over(self) -> None:
        outside = ViewerProtocol(offered=IMAGES)
        outside.restart()
        assert outside.phase is Phase.HELLO
        gone = let_in()
        gone.lost(1.0)
        gone.restart()
        assert gone.phase is Phase.CLOSED
        assert not gone.offer(packet(1))

    def test_a_client_with_a_new_decoder_has_nothing_in_flight(self) -> None:
        viewer = let_in()
        viewer.offer(packet(1))
        viewer.offer(packet(2))
        say(viewer, DecoderReset())
        assert viewer.window.in_flight == 0
        assert not viewer.offer(packet(3, is_key=False))
        assert viewer.offer(packet(3))

    def test_a_hidden_viewer_gets_nothing_until_it_is_shown(self) -> None:
        viewer = let_in()
        say(viewer, Visibility(visible=False))
        assert not viewer.offer(packet(1))
        say(viewer, Visibility(visible=True))
        assert viewer.offer(packet(2))

    def test_another_transport_starts_with_a_key(self) -> None:
        viewer = let_in()
        viewer.offer(packet(1))
        say(viewer, SelectTransport(transport="image/png"))
        assert (viewer.codec, viewer.phase) == ("image/png", Phase.WAITING_KEY)
        assert viewer.offer(packet(1))

    @pytest.mark.parametrize("transport", ["image/png", "image/jpeg"])
    def test_a_transport_that_is_chosen_is_told_with_the_stream_s_size(self, transport: str) -> None:
        viewer = let_in()
        say(viewer, SelectTransport(transport=transport))
        assert requests(viewer) == [CodecSelected(transport, announce=True)]
        viewer.configure(width=20, height=10)
        (config,) = configs(viewer)
        assert (config["codec"], config["width"], config["height"]) == (transport, 20, 10)

    def test_a_viewer_that_did_not_say_that_it_chooses_is_told_nothing_new(self) -> None:
        viewer = let_in(Hello(supported=IMAGES))
        say(viewer, SelectTransport(transport="image/png"))
        assert viewer.codec == "image/png"
        assert requests(viewer) == [CodecSelected("image/png", announce=False)]
        assert not viewer.outgoing

    def test_of_more_wishes_than_it_may_have_the_last_come_true_and_soon(self) -> None:
        viewer = let_in()
        for number in range(1, 301):
            say(viewer, SelectTransport(transport=IMAGES[number % 3]))
        assert len(requests(viewer)) == BURST
        assert viewer.codec == IMAGES[BURST % 3]
        assert viewer.restart_delay_s(1.0) == 1 / RATE_HZ
        viewer.run_deferred_restart(1.0 + 0.5 / RATE_HZ)
        assert len(requests(viewer)) == BURST
        viewer.run_deferred_restart(1.0 + 1.01 / RATE_HZ)
        assert viewer.codec == IMAGES[0]
        assert requests(viewer)[BURST:] == [CodecSelected(IMAGES[0], announce=True)]
        assert viewer.restart_delay_s(2.0) is None

    def test_a_client_that_has_a_new_decoder_again_and_again_is_sent_few_pictures(self) -> None:
        viewer = let_in()
        sent = 0
        for _ in range(300):
            say(viewer, DecoderReset())
            while viewer.offer(packet(1)):
                sent += 1
        assert sent <= BURST + viewer.window.limit
        viewer.run_deferred_restart(5.0)
        assert viewer.window.in_flight == 0
        assert viewer.offer(packet(1))

    def test_a_viewer_that_is_gone_is_put_off_no_more(self) -> None:
        viewer = let_in()
        for _ in range(BURST + 1):
            say(viewer, DecoderReset())
        viewer.lost(0.0)
        assert viewer.restart_delay_s(1.0) is None
        viewer.run_deferred_restart(10.0)
        assert viewer.phase is Phase.CLOSED

    def test_a_transport_that_was_not_offered_closes(self) -> None:
        viewer = let_in()
        say(viewer, SelectTransport(transport="webcodecs/av1" + "\ud800" * 500))
        assert code(viewer) == CloseCode.PROTOCOL
        assert viewer.codec == "image/jpeg"


class TestMessages:
    @pytest.mark.parametrize(
        "case", [pytest.param(c["text"], id=c["name"]) for c in golden("wire.json")["malformed_client"]]
    )
    def test_a_malformed_message_closes(self, case: str) -> None:
        viewer = let_in()
        viewer.receive(case, 1.0)
        assert code(viewer) == CloseCode.PROTOCOL

    @pytest.mark.parametrize(
        "case", [pytest.param(c["text"], id=c["name"]) for c in golden("wire.json")["ignored_control"]]
    )
    def test_a_message_of_an_unknown_type_is_ignored_and_counted(self, case: str) -> None:
        viewer = let_in()
        viewer.receive(case, 1.0)
        assert viewer.closing is None
        assert viewer.ignored_messages == 1

    def test_an_event_of_an_unknown_type_is_ignored_and_counted(self) -> None:
        viewer = let_in()
        act(viewer, "hologram", x=1)
        assert viewer.closing is None
        assert viewer.ignored_messages == 1
        assert not viewer.events

    def test_a_second_hello_is_ignored_and_counted(self) -> None:
        viewer = let_in()
        say(viewer, Hello(supported=()))
        assert viewer.closing is None
        assert viewer.ignored_messages == 1
        assert viewer.hello == HELLO

    def test_a_broken_event_closes_with_the_field_that_broke(self) -> None:
        viewer = let_in()
        act(viewer, "pointer_move", x="here", y=0)
        assert code(viewer) == CloseCode.PROTOCOL
        assert viewer.closing is not None
        assert viewer.closing.reason == "event pointer_move: x must be a finite number"
        assert not viewer.events

    def test_a_number_of_four_hundred_digits_closes(self) -> None:
        viewer = let_in()
        viewer.receive('{"type":"event","event":{"type":"pointer_move","y":0,"x":1' + "0" * 400 + "}}", 1.0)
        assert code(viewer) == CloseCode.PROTOCOL

    @pytest.mark.parametrize(
        "text", ["x" * 70_000, '{"type":"' + "ü" * 5000, "\ud800" * 200], ids=["long", "umlauts", "surrogates"]
    )
    def test_a_reason_fits_into_a_close_frame(self, text: str) -> None:
        viewer = let_in()
        viewer.receive(text, 1.0)
        assert viewer.closing is not None
        assert len(viewer.closing.reason.encode()) <= 123

    @pytest.mark.parametrize(
        "reason", ["ü" * 100, "\udcff" * 100, "a" + "\U0001f600" * 50], ids=["umlauts", "surrogates", "emoji"]
    )
    def test_any_reason_can_be_said_at_a_close(self, reason: str) -> None:
        viewer = let_in()
        viewer.close(CloseCode.UNAUTHORIZED, reason)
        assert viewer.closing is not None
        assert 0 < len(viewer.closing.reason.encode()) <= 123

    def test_the_first_close_counts(self) -> None:
        viewer = let_in()
        viewer.receive("no JSON", 1.0)
        viewer.close(CloseCode.GOING_AWAY, "the hub was closed")
        assert code(viewer) == CloseCode.PROTOCOL

    def test_a_close_that_is_meant_says_goodbye(self) -> None:
        viewer = let_in()
        viewer.close(CloseCode.GOING_AWAY, "the hub was closed")
        assert list(viewer.outgoing) == ['{"type":"bye","reason":"the hub was closed"}']

    def test_after_a_violation_nothing_more_is_taken_or_sent(self) -> None:
        viewer = let_in()
        viewer.offer(packet(1))
        viewer.receive("no JSON", 1.0)
        viewer.outgoing.clear()
        act(viewer, "pointer_move", x=1, y=1)
        viewer.post(Notice(text="more"))
        viewer.send_stats(Stats(fps_sent=1.0))
        assert not viewer.events
        assert not viewer.outgoing
        assert not viewer.offer(packet(2))

    def test_more_messages_than_anybody_makes_close(self) -> None:
        viewer = let_in()
        for _ in range(MAX_MESSAGES_HZ - 1):  # the hello was one
            viewer.receive('{"type":"ack","seq":0}', 0.5)
        assert viewer.closing is None
        viewer.receive('{"type":"ack","seq":0}', 0.9)
        assert code(viewer) == CloseCode.PROTOCOL
        assert viewer.closing is not None
        assert viewer.closing.reason == f"more than {MAX_MESSAGES_HZ} messages a second"

    def test_as_many_again_are_taken_in_the_next_second(self) -> None:
        viewer = let_in()
        for second in range(1, 4):
            for _ in range(MAX_MESSAGES_HZ):
                viewer.receive('{"type":"ack","seq":0}', float(second))
        assert viewer.closing is None

    def test_a_notice_goes_to_those_who_know_it(self) -> None:
        viewer = let_in()
        viewer.post(Notice(text="ValueError: no"))
        assert list(viewer.outgoing) == ['{"type":"notice","text":"ValueError: no","level":"error"}']

    def test_statistics_go_to_those_who_see_pictures(self) -> None:
        viewer = let_in()
        viewer.send_stats(Stats(fps_sent=30.5))
        assert not viewer.outgoing
        viewer.offer(packet(1))
        viewer.send_stats(Stats(fps_sent=30.5))
        assert list(viewer.outgoing) == ['{"type":"stats","fps_sent":30.5}']


class TestExtras:
    def test_the_time_is_that_of_the_server_s_clock(self) -> None:
        viewer = let_in()
        say(viewer, AskTime(sent_ms=12.25), 1_790_000_000.5)
        assert list(viewer.outgoing) == ['{"type":"time","sent_ms":12.25,"server_us":1790000000500000}']

    @pytest.mark.parametrize("fps", [0.1, 5, 1e6, None])
    def test_a_limit_is_known_from_then_on(self, fps: float | None) -> None:
        viewer = let_in()
        assert viewer.max_fps is None
        say(viewer, LimitRate(fps=20))
        say(viewer, LimitRate(fps=fps))
        assert viewer.max_fps == fps
        assert viewer.closing is None

    @pytest.mark.parametrize("fps", [0, -1, 0.09, -1e300])
    def test_a_limit_that_lets_nothing_through_closes(self, fps: float) -> None:
        viewer = let_in()
        say(viewer, LimitRate(fps=fps))
        assert code(viewer) == CloseCode.PROTOCOL
        assert viewer.closing is not None
        assert viewer.closing.reason.startswith(f"limit_rate: fps must be at least 0.1, got {fps:g}")
        assert viewer.max_fps is None

    @pytest.mark.parametrize(
        ("kind", "most_hz"), [(Inspect, MAX_INSPECTIONS_HZ), (Capture, MAX_CAPTURES_HZ)], ids=["inspect", "capture"]
    )
    def test_so_many_questions_a_second_go_on_to_the_stream(self, kind: Any, most_hz: int) -> None:
        viewer, place = let_in(), {"x": 1, "y": 2} if kind is Inspect else {}
        for number in range(most_hz + 1):
            say(viewer, kind(id=number, **place), 5.0)
        assert requests(viewer) == [kind(id=number, **place) for number in range(most_hz)]
        assert list(viewer.outgoing) == [f'{{"type":"unanswered","id":{most_hz},"reason":"asked too often"}}']
        say(viewer, kind(id=7, **place), 6.0)
        assert requests(viewer)[-1].id == 7
        assert viewer.closing is None

    def test_so_many_choices_of_a_contrast_a_second_count(self) -> None:
        viewer = let_in()
        for number in range(MAX_CHOICES_HZ + 5):
            say(viewer, SetContrast(vmax=1.0 + number), 5.0)
        assert len(viewer.effects) == MAX_CHOICES_HZ
        assert viewer.ignored_messages == 5
        say(viewer, SetContrast(), 6.0)
        assert viewer.effects[-1] == SetContrast()
        assert viewer.closing is None

    @pytest.mark.parametrize(
        "message", [AskTime(sent_ms=1), LimitRate(fps=5), LimitRate(fps=0), Inspect(id=1, x=1, y=1), Capture(id=1)]
    )
    def test_what_a_viewer_did_not_say_it_knows_is_ignored_and_counted(self, message: ClientMessage) -> None:
        viewer = let_in(Hello(supported=IMAGES))
        say(viewer, message)
        assert viewer.ignored_messages == 1
        assert viewer.closing is None
        assert viewer.max_fps is None
        assert not requests(viewer)
        assert not viewer.outgoing

    def test_cursor_and_clipboard_go_to_those_who_know_them(self) -> None:
        viewer = let_in()
        viewer.post(Cursor(css="crosshair"))
        viewer.post(Clipboard(text="größer\n"))
        assert list(viewer.outgoing) == [
            '{"type":"cursor","css":"crosshair"}',
            '{"type":"clipboard","text":"größer\\n"}',
        ]
        old = let_in(Hello(supported=(*IMAGES, "control/notice")))
        old.post(Cursor(css="crosshair"))
        old.post(Clipboard(text="text"))
        assert not old.outgoing

    def test_nothing_of_it_is_sent_after_the_socket_is_gone(self) -> None:
        viewer = let_in()
        viewer.lost(1.0)
        viewer.post(Cursor(css="crosshair"))
        viewer.post(Clipboard(text="text"))
        viewer.answer(RequestFailed(id=1, reason="no"))
        say(viewer, AskTime(sent_ms=1))
        say(viewer, Capture(id=1))
        assert not viewer.outgoing
        assert not requests(viewer)


class TestEvents:
    def test_an_event_comes_out_checked(self) -> None:
        viewer = let_in()
        act(viewer, "key_down", key="a", code="KeyA", future=1)
        assert list(viewer.events) == [
            {"type": "key_down", "key": "a", "code": "KeyA", "modifiers": (), "timestamp": 1.0}
        ]

    def test_a_viewport_is_a_resize(self) -> None:
        viewer = let_in()
        say(viewer, SetViewport(width=320.5, height=200, pwidth=641, pheight=400, ratio=2), 3.0)
        (event,) = viewer.events
        assert {k: v for k, v in event.items() if k != "timestamp"} == {
            "type": "resize",
            "width": 320.5,
            "height": 200.0,
            "pwidth": 641,
            "pheight": 400,
            "ratio": 2.0,
        }

    def test_the_size_of_the_view_is_known_from_then_on(self) -> None:
        viewer = let_in()
        assert viewer.size is None
        say(viewer, SetViewport(width=320, height=200, pwidth=640, pheight=400, ratio=2))
        assert viewer.size == (640, 400)
        say(viewer, SetViewport(width=0, height=0, pwidth=0, pheight=0))
        assert viewer.size == (640, 400)

    @pytest.mark.parametrize(("claimed", "ratio"), [(0, 0.1), (-3, 0.1), (1e-300, 0.1), (16, 16), (1e300, 16)])
    def test_a_ratio_is_one_that_can_be_drawn_in(self, claimed: float, ratio: float) -> None:
        viewer = let_in()
        say(viewer, SetViewport(width=320, height=200, pwidth=640, pheight=400, ratio=claimed))
        assert viewer.pixel_ratio == ratio
        assert viewer.events[0]["ratio"] == ratio

    @pytest.mark.parametrize("name", ["width", "height", "pwidth", "pheight"])
    @pytest.mark.parametrize("value", [0, -5])
    def test_a_viewport_without_a_size_is_no_event(self, name: str, value: int) -> None:
        viewer = let_in()
        sizes = {"width": 1.0, "height": 1.0, "pwidth": 1, "pheight": 1, name: value}
        say(viewer, SetViewport(**sizes))  # type: ignore[arg-type]
        assert not viewer.events
        assert viewer.closing is None

    def test_a_lost_viewer_releases_what_it_holds_and_then_closes(self) -> None:
        viewer = let_in()
        act(viewer, "key_down", key="a", code="KeyA")
        act(viewer, "key_down", key="Shift")
        act(viewer, "pointer_down", x=5, y=6, button=1, buttons=[1])
        act(viewer, "pointer_move", x=7, y=8, buttons=[1], modifiers=["Shift"])
        viewer.events.clear()
        viewer.lost(9.0)
        keys_and_pointer = [
            (e["type"], e.get("key"), e.get("x"), e.get("button"), e.get("buttons")) for e in viewer.events
        ]
        assert keys_and_pointer == [
            ("key_up", "a", None, None, None),
            ("key_up", "Shift", None, None, None),
            ("pointer_up", None, 7, 1, ()),
            ("close", None, None, None, None),
        ]
        assert viewer.events[0]["code"] == "KeyA"

    def test_what_was_let_go_is_not_released_again(self) -> None:
        viewer = let_in()
        act(viewer, "key_down", key="a")
        act(viewer, "key_up", key="a")
        act(viewer, "key_up", key="b")
        act(viewer, "pointer_down", x=5, y=6, button=1, buttons=[1])
        act(viewer, "pointer_up", x=5, y=6, button=1, buttons=[])
        viewer.events.clear()
        viewer.lost(9.0)
        assert [e["type"] for e in viewer.events] == ["close"]

    def test_close_comes_once(self) -> None:
        viewer = let_in()
        viewer.lost(1.0)
        viewer.lost(2.0)
        assert [e["type"] for e in viewer.events] == ["close"]

    def test_a_viewer_that_was_never_let_in_leaves_no_event(self) -> None:
        viewer = ViewerProtocol(offered=IMAGES)
        viewer.lost(1.0)
        assert not viewer.events
        assert viewer.phase is Phase.CLOSED

    def test_a_hello_that_comes_after_the_goodbye_is_not_taken(self) -> None:
        viewer = ViewerProtocol(offered=IMAGES)
        viewer.close(CloseCode.GOING_AWAY, "the hub was closed")
        viewer.lost(1.0)
        viewer.greet(encode_message(HELLO), 2.0)
        assert viewer.hello is None
        assert viewer.closing == Close(CloseCode.GOING_AWAY, "the hub was closed")

    def test_nothing_is_taken_or_sent_after_the_socket_is_gone(self) -> None:
        viewer = let_in()
        viewer.lost(1.0)
        viewer.events.clear()
        act(viewer, "key_down", key="a")
        viewer.receive("no JSON", 1.0)
        viewer.post(Notice(text="more"))
        viewer.send_stats(Stats(fps_sent=1.0))
        assert not viewer.offer(packet(1))
        assert not viewer.events
        assert not viewer.outgoing
        assert viewer.closing is None

    def test_a_client_can_hold_so_many_keys_and_no_more(self) -> None:
        viewer = let_in()
        for number in range(3 * MAX_KEYS_HELD):
            act(viewer, "key_down", key=f"key {number}")
        viewer.events.clear()
        viewer.lost(9.0)
        assert [e["type"] for e in viewer.events] == ["key_up"] * MAX_KEYS_HELD + ["close"]


pointer_events = st.builds(
    lambda kind, x, buttons: {"type": kind, "x": x, "y": 1, "buttons": buttons},
    st.sampled_from(["pointer_down", "pointer_up", "pointer_move", "pointer_leave"]),
    st.floats(-10, 10),
    st.lists(st.integers(1, 3), max_size=2),
)
key_events = st.builds(
    lambda kind, key: {"type": kind, "key": key}, st.sampled_from(["key_down", "key_up"]), st.sampled_from("abc")
)
events = pointer_events | key_events | st.fixed_dictionaries({"type": st.sampled_from(["wheel", "char", "?", 1])})
sane = st.one_of(
    st.builds(Visibility, visible=st.booleans()),
    st.builds(RequestKeyframe),
    st.builds(DecoderReset),
    st.builds(SelectTransport, transport=st.sampled_from(IMAGES)),
    st.builds(Event, event=events),
    st.builds(
        SetViewport,
        width=st.floats(-1, 100),
        height=st.floats(1, 100),
        pwidth=st.integers(-1, 5),
        pheight=st.integers(1, 5),
    ),
    st.builds(Hello, supported=st.just(())),
    st.builds(LimitRate, fps=st.none() | st.floats(0.1, 1000)),
    st.builds(AskTime, sent_ms=st.floats(allow_nan=False, allow_infinity=False)),
    st.builds(Inspect, id=st.integers(-5, 5), x=st.integers(-(2**53), 2**53), y=st.integers(-5, 5)),
    st.builds(Capture, id=st.integers(-5, 5)),
)
hostile = st.one_of(
    st.text(max_size=30),
    st.sampled_from([c["text"] for c in golden("wire.json")["malformed_client"]]),
    st.sampled_from([c["text"] for c in golden("wire.json")["ignored_control"]]),
    st.builds(
        Event, event=st.dictionaries(st.sampled_from(["type", "x"]), st.integers() | st.floats() | st.text())
    ).map(lambda m: json.dumps({"type": "event", "event": m.event})),
)


class AnyConversation(RuleBasedStateMachine):
    """A viewer that says anything, watched for what must always hold."""

    def __init__(self) -> None:
        super().__init__()
        self.viewer = ViewerProtocol(offered=IMAGES)
        self.now_s = 0.0
        self.next_seq = 10
        self.last_sent = 0
        self.started_over = False
        # What it wished for and has not got yet.
        self.wished_reset = False
        self.wished_transport = ""
        self.outstanding: list[int] = []
        self.gone = False

    @initialize(supported=st.sampled_from([IMAGES, IMAGES + EXTENSIONS, ("image/png",)]))
    def say_hello(self, supported: tuple[str, ...]) -> None:
        self.viewer.greet(encode_message(Hello(supported=supported)), self.now_s)
        self.viewer.accept(width=4, height=4)

    @property
    def over(self) -> bool:
        return self.gone or self.viewer.closing is not None

    @rule(step_s=st.sampled_from([0.001, 0.02, 0.3, 11.0]))
    def wait(self, step_s: float) -> None:
        self.now_s += step_s

    @rule(rtt_s=st.floats(0, 3))
    def measure(self, rtt_s: float) -> None:
        self.viewer.window.on_rtt(rtt_s, self.now_s)

    @rule(message=sane)
    def say_something_sane(self, message: ClientMessage) -> None:
        was_over = self.over
        if not was_over:
            if isinstance(message, SelectTransport) and message.transport in self.viewer.codecs:
                self.wished_transport = message.transport
            self.wished_reset |= isinstance(message, DecoderReset)
        self._receive(encode_message(message))
        if isinstance(message, (RequestKeyframe, DecoderReset, SelectTransport)) and not was_over and not self.over:
            self._restarted()

    @rule(message=st.sampled_from([RequestKeyframe(), DecoderReset(), SelectTransport(transport="image/png")]))
    def insist(self, message: ClientMessage) -> None:
        for _ in range(2 * BURST):
            self.say_something_sane(message)

    @precondition(lambda self: not self.over)
    @rule()
    def catch_up(self) -> None:
        wait_s = self.viewer.restart_delay_s(self.now_s)
        if wait_s is not None:
            assert wait_s <= 1 / RATE_HZ
            self.now_s += wait_s + 1e-9
            self.viewer.run_deferred_restart(self.now_s)
            assert self.viewer.restart_delay_s(self.now_s) is None
            self._restarted()

    def _restarted(self) -> None:
        if self.viewer.restart_delay_s(self.now_s) is not None:  # put off
            return
        self.started_over = True
        if self.wished_transport:
            assert self.viewer.codec == self.wished_transport
        if self.wished_reset:
            self.outstanding.clear()
        self.wished_reset = False

    @rule(text=hostile)
    def say_something_hostile(self, text: str) -> None:
        self._receive(text)

    @rule(seq=st.integers(-3, 60))
    def ack(self, seq: int) -> None:
        in_flight, was_over = self.viewer.window.in_flight, self.over
        self._receive(encode_message(Ack(seq=seq)))
        if not was_over:
            self.outstanding = [s for s in self.outstanding if s > seq]
        assert self.viewer.window.in_flight <= in_flight

    @rule(step=st.integers(0, 3), back=st.integers(0, 2), is_key=st.booleans())
    def offer(self, step: int, back: int, is_key: bool) -> None:
        self.next_seq += step
        seq = self.next_seq - back
        waiting, visible = self.viewer.phase is Phase.WAITING_KEY, self.viewer.visible
        if self.viewer.offer(packet(seq, is_key=is_key)):
            assert not self.over
            assert visible
            assert is_key or not waiting
            assert seq > self.last_sent or (self.started_over and seq == self.last_sent)
            self.outstanding.append(seq)
            self.last_sent, self.started_over = seq, False
            assert len(self.outstanding) <= self.viewer.window.limit

    @rule()
    def settle(self) -> None:
        """A client that acks everything and looks gets the newest frame."""
        if self.over:
            return
        self._receive(encode_message(Ack(seq=self.last_sent)))
        self._receive(encode_message(Visibility(visible=True)))
        self.outstanding.clear()
        self.next_seq += 1
        assert self.viewer.offer(packet(self.next_seq))
        self.outstanding.append(self.next_seq)
        self.last_sent, self.started_over = self.next_seq, False

    @precondition(lambda self: not self.gone)
    @rule(close_first=st.booleans())
    def lose(self, close_first: bool) -> None:
        if close_first:
            self.viewer.close(CloseCode.GOING_AWAY, "done")
        self.viewer.events.clear()
        self.viewer.lost(self.now_s)
        assert [e["type"] for e in self.viewer.events][-1] == "close"
        assert {e["type"] for e in self.viewer.events} <= {"key_up", "pointer_up", "close"}
        self.gone = True
        self.viewer.effects.clear()
        self.viewer.outgoing.clear()
        self.viewer.events.clear()

    @invariant()
    def nothing_is_counted_twice_or_lost(self) -> None:
        assert self.viewer.window.in_flight == len(self.outstanding)
        assert self.viewer.last_acked_seq <= self.viewer.last_sent_seq == self.last_sent
        assert self.viewer.frames_acked <= self.viewer.frames_sent

    @invariant()
    def it_is_told_nothing_that_it_did_not_say_it_knows(self) -> None:
        assert self.viewer.hello is not None
        known = {"config", "bye", *(each.removeprefix("control/") for each in self.viewer.hello.supported)}
        asked = {"time": "time", "capture": "unanswered", "inspect": "unanswered"}
        known |= {answer for question, answer in asked.items() if question in known}
        assert {json.loads(text)["type"] for text in self.viewer.outgoing} <= known

    @invariant()
    def a_viewer_that_is_gone_says_nothing(self) -> None:
        if self.gone:
            assert not requests(self.viewer)
            assert not self.viewer.outgoing
            assert not self.viewer.events

    def _receive(self, text: str) -> None:
        self.now_s += 0.001
        self.viewer.receive(text, self.now_s)
        for event in self.viewer.events:
            assert isinstance(event["type"], str)


AnyConversation.TestCase.settings = settings(max_examples=60, stateful_step_count=40)
TestAnyConversation = AnyConversation.TestCase


class TestBetterEncoding:
    """A frame that the viewer has may come again in a better encoding, from another rendition."""

    @staticmethod
    def better(*, is_final: bool = False) -> Packet:
        return Packet(3, True, b"x" * 10, PictureState(2, 1, 3, is_final))

    def test_what_a_viewer_lacks_is_what_it_would_be_sent(self) -> None:
        viewer = let_in()
        assert not viewer.lacks(packet(1, is_key=False))
        assert viewer.lacks(packet(3))
        assert viewer.lacks(packet(3))  # it was only asked
        assert viewer.frames_sent == 0
        assert viewer.offer(packet(3))
        assert not viewer.lacks(packet(3))
        assert not viewer.lacks(packet(2))

    def test_it_comes_again_only_if_that_is_asked_for_and_then_once(self) -> None:
        viewer = let_in()
        assert viewer.offer(packet(3))
        assert viewer.known_state == packet(3).state
        assert not viewer.saw_newer(self.better())
        assert not viewer.offer(self.better())
        viewer.take_again()
        assert viewer.known_state is None  # so that the rendition encodes the frame
        assert viewer.starts_over
        assert viewer.saw_newer(self.better())  # so that it gets a new number
        assert viewer.offer(Packet(4, True, b"x", self.better().state))
        assert not viewer.starts_over
        assert viewer.known_state == self.better().state

    def test_an_older_frame_does_not_come_again(self) -> None:
        viewer = let_in()
        assert viewer.offer(packet(3))
        viewer.take_again()
        assert not viewer.saw_newer(Packet(3, True, b"x", PictureState(2, 1, 2)))

    def test_one_without_loss_does_not_come_again(self) -> None:
        viewer = let_in()
        assert viewer.offer(self.better(is_final=True))
        viewer.take_again()
        assert not viewer.starts_over

    def test_who_sees_a_frame_with_losses_lacks_it_without(self) -> None:
        viewer = let_in()
        assert not viewer.lacks_final(packet(3))
        assert viewer.offer(packet(3))
        assert viewer.lacks_final(packet(3))
        assert not viewer.lacks_final(packet(4))
        say(viewer, Visibility(visible=False))
        assert not viewer.lacks_final(packet(3))
        say(viewer, Visibility(visible=True))
        assert viewer.offer(Packet(5, True, b"x", PictureState(1, 9, 5, is_final=True)))
        assert not viewer.lacks_final(packet(3))
