import asyncio
import copy
import json
import socket
import threading
import warnings
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import anywidget
import marimo as mo
import numpy as np
import pytest
from kernel import Notebook
from support import RawClient, card, eventually, golden

from marimo_rfb.errors import OptionError, StreamNotFound
from marimo_rfb.hub.access import AccessOptions
from marimo_rfb.hub.hub import Hub
from marimo_rfb.hub.listener import ListenOptions
from marimo_rfb.hub.serve import serve
from marimo_rfb.notebook import RfbCanvas, RfbViewer, widget
from marimo_rfb.notebook.comm import ticket_renewal
from marimo_rfb.stream.stream import Stream
from marimo_rfb.wire.envelope import unpack
from marimo_rfb.wire.messages import Hello

STATIC = Path(widget.__file__).parents[1] / "static"
DEFAULTS = {
    "url": "",
    "base_path": "",
    "host": "auto",
    "port": 0,
    "stream": "default",
    "ticket": "",
    "has_token": False,
    "height": 480,
    "fit": "contain",
    "alt": "",
    "interactive": True,
    "main_thread_present": False,
    "worker_url": "",
}


@pytest.fixture
def hub() -> Iterator[Hub]:
    hub = Hub().start()
    yield hub
    hub.close()


@pytest.fixture
def stream(hub: Hub) -> Stream:
    return hub.add_stream("default", 64, 48)


def report(target: RfbCanvas, content: object) -> None:
    """Let the page say something."""
    target._handle_custom_msg(content, [])


class TestTraits:
    @pytest.mark.parametrize(
        ("cls", "chrome"),
        [
            (RfbCanvas, {"chrome": False, "show_status": False, "show_toolbar": False, "show_stats": False}),
            (RfbViewer, {"chrome": True, "show_status": True, "show_toolbar": True, "show_stats": False}),
        ],
    )
    def test_the_two_tiers_have_their_defaults(self, cls: type[RfbCanvas], chrome: dict[str, bool]) -> None:
        made = cls()
        assert isinstance(made, anywidget.AnyWidget)
        assert {name: getattr(made, name) for name in {**DEFAULTS, **chrome}} == {**DEFAULTS, **chrome}
        assert (made.state, made.stats, made.last_error) == ("connecting", {}, "")

    def test_what_the_page_tells_is_not_synced(self) -> None:
        synced = set(RfbViewer().keys)
        assert synced.isdisjoint({"state", "stats", "last_error", "token"})
        assert {*DEFAULTS, "chrome", "show_status", "show_toolbar", "show_stats"} <= synced

    def test_the_kernel_carries_a_few_small_traits_only(self) -> None:
        state = RfbViewer(url="ws://127.0.0.1:12345/default", token="x" * 43, alt="A picture").get_state()
        ours = {name: value for name, value in state.items() if name not in ("_esm", "_css")}
        assert len(json.dumps(ours, default=len)) < 1500
        assert all(isinstance(state[name], (str, int, bool)) for name in DEFAULTS)
        assert (state["poster"], state["sync_last_event"], state["last_event"]) == (b"", False, None)

    @pytest.mark.parametrize(
        "traits",
        [
            {"height": 0},
            {"height": "tall"},
            {"fit": "stretch"},
            {"port": -1},
            {"port": 65536},
            {"stream": None},
            {"show_stats": "yes"},
            {"chrome": False},
            {"state": "asleep"},
        ],
    )
    def test_a_value_that_makes_no_sense_is_one_clear_error(self, traits: dict[str, Any]) -> None:
        with pytest.raises(OptionError):
            RfbViewer(**traits)

    def test_a_widget_of_a_stream_shows_no_other(self, stream: Stream) -> None:
        with pytest.raises(OptionError, match="shows the stream it is made from"):
            stream.widget(stream="another")

    def test_a_misspelt_trait_is_told_the_right_one(self) -> None:
        with pytest.raises(OptionError, match="RfbViewer has no trait 'heigth'; did you mean height"):
            RfbViewer(heigth=3)
        with pytest.raises(OptionError, match=r"RfbCanvas has no trait 'zzz'$"):
            RfbCanvas(zzz=3)

    def test_every_trait_a_person_sets_says_what_it_is(self) -> None:
        for name in {*DEFAULTS, "token", "show_status", "show_toolbar", "show_stats", "state", "stats", "last_error"}:
            assert RfbViewer.class_traits()[name].help, name

    def test_in_a_live_marimo_notebook_the_main_thread_draws(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(mo, "running_in_notebook", lambda: True)
        assert RfbViewer().main_thread_present
        assert not RfbViewer(main_thread_present=False).main_thread_present

    def test_elsewhere_the_worker_draws_unless_told_otherwise(self) -> None:
        assert not RfbViewer().main_thread_present
        assert RfbViewer(main_thread_present=True).main_thread_present


class TestBundle:
    @pytest.mark.skipif(not (STATIC / "widget.js").exists(), reason="the bundle is not built")
    def test_a_built_bundle_is_what_the_page_gets(self) -> None:
        state = RfbViewer().get_state()
        assert state["_esm"] == (STATIC / "widget.js").read_text(encoding="utf-8")
        assert state["_css"] == (STATIC / "widget.css").read_text(encoding="utf-8")
        assert ".rfb-root" in state["_css"]

    @pytest.mark.skipif(not (STATIC / "widget.js").exists(), reason="the bundle is not built")
    def test_the_page_is_told_of_what_version_it_has_to_be(self) -> None:
        script = (STATIC / "widget.js").read_text(encoding="utf-8")
        version = RfbViewer().version
        assert script.startswith(f"/* marimo-rfb {version} */")
        assert script.count(f'"{version}"') >= 1
        with pytest.raises(OptionError):
            RfbViewer(version="0.0.1")

    def test_without_a_bundle_the_cell_says_what_to_run(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.setattr(widget, "_STATIC", tmp_path)
        fallback = widget._bundle("widget.js", absent=widget._NOT_BUILT)
        assert "python js/hatch_build.py" in fallback
        assert "export default" in fallback
        assert "render(" in fallback
        assert widget._bundle("widget.css", absent="") == ""


class TestOfAStream:
    def test_a_stream_gives_the_viewer_that_shows_it(self, stream: Stream) -> None:
        made = stream.widget()
        assert isinstance(made, RfbViewer)
        assert (made.port, made.stream, made.host, made.token) == (
            stream.port,
            "default",
            "127.0.0.1",
            stream.token,
        )
        assert made.url == ""

    def test_without_batteries_it_is_the_bare_canvas(self, stream: Stream) -> None:
        made = stream.widget(batteries=False)
        assert isinstance(made, RfbCanvas)
        assert not isinstance(made, RfbViewer)
        assert not made.chrome

    def test_further_arguments_are_traits(self, stream: Stream) -> None:
        made = stream.widget(height=720, show_toolbar=False, base_path="/rfb", fit="cover")
        assert (made.height, made.show_toolbar, made.base_path, made.fit) == (720, False, "/rfb", "cover")
        with pytest.raises(OptionError, match="did you mean height"):
            stream.widget(heihgt=720)

    def test_a_widget_made_by_port_finds_token_and_host_itself(self, stream: Stream) -> None:
        made = RfbViewer(port=stream.port, stream="default", height=480, show_stats=False)
        assert (made.token, made.host) == (stream.token, "127.0.0.1")

    def test_the_default_stream_needs_no_name(self, stream: Stream) -> None:
        assert RfbViewer(port=stream.port).token == stream.token

    def test_each_stream_of_a_hub_has_its_widget(self, hub: Hub) -> None:
        camera, depth = hub.add_stream("camera", 1280, 720), hub.add_stream("depth", 640, 480)
        widgets = [camera.widget(), depth.widget()]
        assert [w.stream for w in widgets] == ["camera", "depth"]
        assert [w.token for w in widgets] == [camera.token, depth.token]
        assert {w.port for w in widgets} == {hub.port}

    def test_a_stream_this_process_does_not_have_is_an_error(self, stream: Stream) -> None:
        with pytest.raises(StreamNotFound, match="no stream 'nobody'; there are 'default'"):
            RfbViewer(port=stream.port, stream="nobody")

    def test_a_port_of_another_process_is_left_alone(self) -> None:
        with socket.socket() as other:
            other.bind(("127.0.0.1", 0))
            made = RfbViewer(port=other.getsockname()[1], stream="theirs")
        assert (made.host, made.token, made.stream) == ("auto", "", "theirs")

    def test_what_was_given_is_not_looked_up(self, stream: Stream) -> None:
        assert RfbViewer(port=stream.port, token="mine", stream="nobody").token == "mine"
        assert RfbViewer(port=stream.port, url="ws://elsewhere:1/x").token == ""
        assert RfbViewer(port=stream.port, host="box.lan").host == "box.lan"

    @pytest.mark.parametrize(
        ("host", "seen"), [("0.0.0.0", "auto"), ("localhost", "localhost"), ("127.0.0.1", "127.0.0.1")]
    )
    def test_a_hub_on_all_addresses_is_found_at_the_page_s_own_host(self, host: str, seen: str) -> None:
        hub = Hub(listen=ListenOptions(host=host), access=AccessOptions()).start()
        assert hub.add_stream("default", 8, 8).widget().host == seen
        hub.close()

    def test_a_closed_hub_is_not_found(self, hub: Hub, stream: Stream) -> None:
        hub.close()
        assert RfbViewer(port=stream.port).token == ""

    def test_two_widgets_of_a_stream_lead_to_the_same_picture(self, stream: Stream) -> None:
        async def watch(made: RfbCanvas) -> bytes:
            async with RawClient.connected(f"ws://{made.host}:{made.port}/{made.stream}") as client:
                await client.say(Hello(supported=("image/jpeg",), token=made.token))
                return (await client.next_picture()).message

        async def both() -> list[bytes]:
            return await asyncio.gather(watch(stream.widget()), watch(stream.widget(batteries=False)))

        stream.publish(card())
        assert [unpack(message)[0].seq for message in asyncio.run(both())] == [1, 1]

    def test_a_widget_keeps_its_stream_alive(self, stream: Stream) -> None:
        made = stream.widget()
        assert made._served is stream


class TestBeforeTheServer:
    """A stream may be shown before there is a server; it starts when a page asks for the picture."""

    @pytest.fixture
    def hub(self) -> Iterator[Hub]:
        hub = Hub()
        yield hub
        hub.close()

    def test_a_widget_alone_starts_nothing(self, stream: Stream) -> None:
        made = stream.widget()
        assert (made.stream, made.token, made.host, made.port) == ("default", stream.token, "127.0.0.1", 0)
        assert stream.port == 0

    def test_the_server_starts_when_a_page_knows_of_no_address(self, stream: Stream) -> None:
        made = stream.widget()
        stream.publish(card())
        report(made, {"kind": "report", "state": "connecting"})
        assert made.port == stream.port > 0

        async def watch() -> bytes:
            async with RawClient.connected(f"ws://{made.host}:{made.port}/{made.stream}") as client:
                await client.say(Hello(supported=("image/jpeg",), token=made.token))
                return (await client.next_picture()).message

        assert unpack(asyncio.run(watch()))[0].seq == 1

    def test_another_page_finds_it_running(self, stream: Stream) -> None:
        one, other = stream.widget(), stream.widget(batteries=False)
        for made in (one, other, one):
            report(made, {"kind": "report", "state": "connecting"})
        assert one.port == other.port == stream.port

    @pytest.mark.parametrize("state", ["open", "negotiated", "reconnecting", "closed", "error"])
    def test_a_page_that_says_something_else_starts_nothing(self, stream: Stream, state: str) -> None:
        made = stream.widget()
        report(made, {"kind": "report", "state": state})
        assert (made.port, stream.port) == (0, 0)

    @pytest.mark.parametrize("address", [{"url": "ws://elsewhere:1/x"}, {"base_path": "/rfb"}, {"port": 4242}])
    def test_a_page_that_knows_an_address_starts_nothing(self, stream: Stream, address: dict[str, Any]) -> None:
        made = stream.widget(**address)
        report(made, {"kind": "report", "state": "connecting"})
        assert stream.port == 0
        assert getattr(made, next(iter(address))) == next(iter(address.values()))

    def test_a_widget_of_no_stream_of_this_process_starts_nothing(self) -> None:
        made = RfbViewer()
        report(made, {"kind": "report", "state": "connecting"})
        made.start_server()
        assert made.port == 0

    def test_the_server_of_a_closed_hub_stays_closed(self, hub: Hub, stream: Stream) -> None:
        made = stream.widget()
        hub.close()
        report(made, {"kind": "report", "state": "connecting"})
        assert (made.state, made.port, stream.port) == ("connecting", 0, 0)

    def test_it_can_be_started_from_any_thread_and_many_at_once(self, stream: Stream) -> None:
        widgets = [stream.widget() for _ in range(8)]
        threads = [threading.Thread(target=made.start_server) for made in widgets]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert {made.port for made in widgets} == {stream.port}
        assert stream.port > 0

    def test_what_is_known_of_the_stream_gives_way_to_what_was_asked_for(self, stream: Stream) -> None:
        made = RfbViewer(served=stream, host="box.lan", height=100)
        assert (made.host, made.token, made.height) == ("box.lan", stream.token, 100)


class TestToken:
    """What is synced is saved with the notebook, so it must not hold what opens the stream for good."""

    CHOSEN = "a token that somebody chose"

    @pytest.fixture
    def hub(self) -> Iterator[Hub]:
        hub = Hub(access=AccessOptions(token=self.CHOSEN)).start()
        yield hub
        hub.close()

    @pytest.fixture
    def said(self, monkeypatch: pytest.MonkeyPatch) -> list[object]:
        """Return what widgets say by custom message."""
        said = list[object]()
        monkeypatch.setattr(RfbCanvas, "send", lambda _self, content, _buffers=None: said.append(content))
        return said

    @staticmethod
    def pictures(made: RfbCanvas, token: str) -> int | str:
        """Return how many pictures come, or why none does."""

        async def watch() -> int | str:
            async with RawClient.connected(f"ws://127.0.0.1:{made.port}/{made.stream}") as client:
                await client.say(Hello(supported=("image/jpeg",), token=token))
                try:
                    return unpack((await client.next_picture()).message)[0].seq
                except AssertionError:
                    return client.socket.close_reason or ""

        return asyncio.run(watch())

    @staticmethod
    def saved(made: RfbCanvas) -> str:
        state = made.get_state()
        return repr({name: value for name, value in state.items() if name not in ("_esm", "_css")})

    @pytest.mark.parametrize("has_page", [True, False])
    def test_it_is_in_nothing_that_is_saved(self, stream: Stream, notebook: Notebook, has_page: bool) -> None:
        notebook.live, notebook.has_page = True, has_page
        for made in (stream.widget(), RfbViewer(port=stream.port), RfbViewer(url="ws://a.b/c", token=self.CHOSEN)):
            assert made.token == self.CHOSEN
            assert made.has_token
            assert self.CHOSEN not in self.saved(made)
            assert self.CHOSEN not in repr(made)
            made.close()

    def test_an_export_has_no_ticket_either(self, stream: Stream) -> None:
        made = stream.widget()
        assert (made.ticket, made.has_token) == ("", True)
        made.token = "another token that was chosen"
        assert made.ticket == ""

    def test_a_page_gets_a_ticket_that_stands_for_the_token(self, stream: Stream, notebook: Notebook) -> None:
        notebook.live = notebook.has_page = True
        made, other = stream.widget(), stream.widget()
        stream.publish(card())
        assert self.pictures(made, made.ticket) == 1
        assert made.ticket != other.ticket
        for widget_ in (made, other):
            widget_.close()

    def test_a_page_that_asks_is_told_the_token(self, stream: Stream, said: list[object]) -> None:
        made = stream.widget()
        report(made, {"kind": "ask_token"})
        assert said == [{"kind": "token", "token": self.CHOSEN}]
        elsewhere = RfbViewer(url="ws://a.b/c", token="of another process")
        report(elsewhere, {"kind": "ask_token"})
        assert said[1:] == [{"kind": "token", "token": "of another process"}]
        assert (elsewhere.ticket, elsewhere.has_token) == ("", True)

    def test_a_token_that_is_set_is_told_to_pages_and_has_its_ticket(
        self, stream: Stream, notebook: Notebook, said: list[object]
    ) -> None:
        notebook.live = notebook.has_page = True
        made = stream.widget(token="no token of this stream")
        stream.publish(card())
        wrong = made.ticket
        made.token = self.CHOSEN
        assert said == [{"kind": "token", "token": self.CHOSEN}]
        assert self.pictures(made, made.ticket) == 1
        assert made.ticket != wrong
        made.token = ""
        assert (made.ticket, made.has_token) == ("", False)
        made.close()

    def test_nobody_is_told_where_there_is_no_page(self, stream: Stream, said: list[object]) -> None:
        made = stream.widget()
        made.token = "another token that was chosen"
        assert said == []

    def test_a_ticket_is_issued_when_the_server_starts_for_a_page(self) -> None:
        hub = Hub()
        made = hub.add_stream("default", 64, 48).widget()
        assert made.ticket == ""
        report(made, {"kind": "report", "state": "connecting"})
        made._served.publish(card())
        assert self.pictures(made, made.ticket) == 1
        made.close()
        hub.close()
        made._renew_ticket()
        assert made.ticket == ""

    def test_a_page_that_is_loaded_again_finds_a_ticket_that_is_fresh(
        self, stream: Stream, notebook: Notebook, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        notebook.live = notebook.has_page = True
        monkeypatch.setattr(ticket_renewal, "MIN_AGE_S", 0.0)
        made = stream.widget()
        stream.publish(card())
        first = made.ticket
        assert self.pictures(made, first) == 1
        eventually(lambda: made.ticket != first)
        assert self.pictures(made, made.ticket) == 1
        made.close()


class TestServed:
    def test_a_stream_that_was_not_awaited_is_told_so(self) -> None:
        with pytest.raises(OptionError, match=r"write `await rfb\.serve\(\.\.\.\)`"):
            RfbViewer(served=serve(64, 48))  # type: ignore[arg-type]

    def test_what_is_no_stream_is_refused(self) -> None:
        with pytest.raises(OptionError, match="served is a Stream, got str"):
            RfbViewer(served="default")  # type: ignore[arg-type]


class TestCopies:
    def test_a_copy_is_the_widget_itself(self) -> None:
        made = RfbViewer()
        assert copy.copy(made) is made
        assert copy.deepcopy(made) is made
        assert copy.deepcopy([made])[0] is made

    def test_marimo_shows_it_alone_in_an_array_and_in_a_dictionary(self, stream: Stream) -> None:
        made = RfbViewer(port=stream.port, stream="default")
        element = mo.ui.anywidget(made)
        assert element.widget is made
        assert mo.ui.array([element])[0].widget is made
        assert mo.ui.dictionary({"view": element})["view"].widget is made
        assert element.height == 480

    def test_the_value_of_a_marimo_element_holds_nothing_that_changes_by_itself(self) -> None:
        value = mo.ui.anywidget(RfbViewer()).value
        assert {"state", "stats", "last_error"}.isdisjoint(value)


class TestReports:
    def test_the_page_tells_its_state_and_observers_hear_it(self) -> None:
        made, seen = RfbViewer(), list[Any]()
        made.observe(lambda change: seen.append((change["name"], change["new"])))
        report(made, {"kind": "report", "state": "open"})
        report(made, {"kind": "report", "state": "negotiated", "stats": {"framesDisplayed": 3}, "last_error": ""})
        assert seen == [("state", "open"), ("state", "negotiated"), ("stats", {"framesDisplayed": 3})]

    @pytest.mark.parametrize("state", ["connecting", "open", "negotiated", "reconnecting", "closed", "error"])
    def test_every_state_is_taken(self, state: str) -> None:
        made = RfbViewer()
        report(made, {"kind": "report", "state": state})
        assert made.state == state

    def test_statistics_are_taken_as_they_are(self) -> None:
        made = RfbViewer()
        stats = {
            "framesDisplayed": 10,
            "framesDropped": 0,
            "lastDisplayedSeq": 10,
            "decodeQueueSize": 1,
            "transport": "image/jpeg",
            "rttMs": 1.5,
        }
        report(made, {"kind": "report", "stats": stats})
        assert made.stats == stats

    def test_an_error_is_told_and_taken_back(self) -> None:
        made = RfbViewer()
        report(made, {"kind": "report", "state": "error", "last_error": "the token is wrong"})
        assert (made.state, made.last_error) == ("error", "the token is wrong")
        report(made, {"kind": "report", "state": "open", "last_error": ""})
        assert (made.state, made.last_error) == ("open", "")

    @pytest.mark.parametrize(
        "content",
        [
            None,
            "report",
            [],
            {},
            {"kind": "other", "state": "open"},
            {"kind": ["report"], "state": "open"},
            {"kind": "report", "state": "asleep"},
            {"kind": "report", "state": ["open"]},
            {"kind": "report", "state": {}},
            {"kind": "report", "state": None, "stats": None, "last_error": None},
            {"kind": "report", "stats": [1], "last_error": 5},
            {"kind": "report", "stats": {str(i): i for i in range(65)}},
            {"kind": "report", "token": "stolen", "port": 1},
        ],
    )
    def test_what_no_page_of_ours_says_changes_nothing(self, content: object) -> None:
        made = RfbViewer()
        before = {name: getattr(made, name) for name in DEFAULTS}
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            report(made, content)
        assert {name: getattr(made, name) for name in before} == before
        assert (made.state, made.stats, made.last_error) == ("connecting", {}, "")

    def test_what_does_not_fit_is_left_out_and_the_rest_taken(self) -> None:
        made = RfbViewer()
        stats = {"good": 1, "long": "x" * 3000, "list": [1], "null": None, "y" * 3000: 2}
        report(made, {"kind": "report", "state": "open", "last_error": "e" * 5000, "stats": stats})
        assert made.state == "open"
        assert len(made.last_error) == 2000
        assert {name[:4]: value for name, value in made.stats.items()} == {"good": 1, "yyyy": 2}
        assert max(map(len, made.stats)) <= 2000


SEEN = {"region": {"x": 10, "y": 20, "width": 30, "height": 40}, "zoom": 2.5}


def test_the_toolbar_holds_all_tools_that_the_page_has() -> None:
    assert RfbViewer().toolbar == golden("tools.json")


class TestWishesAndChoices:
    """What Python and a person both set."""

    def test_what_python_sets_is_a_wish_to_the_page(self) -> None:
        made = RfbViewer(paused=True)
        made.zoom = 2
        made.region = (0, 0, 8, 6)
        assert {name: value for name, (_, value) in made.settings.items()} == {
            "paused": True,
            "zoom": 2.0,
            "region": (0.0, 0.0, 8.0, 6.0),
        }

    def test_what_a_person_chose_is_told_and_no_wish(self) -> None:
        made, seen = RfbViewer(), list[Any]()
        made.observe(lambda change: seen.append((change["name"], change["new"])))
        report(made, {"kind": "report", "choices": {"paused": True}})
        report(made, {"kind": "report", "choices": {"codec": "image/png"}})
        report(made, {"kind": "report", "choices": {"seen": SEEN}})
        assert seen == [("paused", True), ("codec", "image/png"), ("region", (10.0, 20.0, 30.0, 40.0)), ("zoom", 2.5)]
        assert made.settings == {}

    def test_what_a_person_undid_can_be_wished_again(self) -> None:
        made = RfbViewer(paused=True)
        first = made.settings["paused"]
        report(made, {"kind": "report", "choices": {"paused": False}})
        made.paused = True
        assert made.settings["paused"] != first

    def test_the_whole_picture_is_a_region_too(self) -> None:
        made = RfbViewer(region=(0, 0, 8, 6))
        made.region = None
        assert made.settings["region"][1] is None

    def test_a_region_that_makes_no_sense_is_refused(self) -> None:
        with pytest.raises(OptionError, match=r"region is \(x, y, width, height\)"):
            RfbViewer(region=(1, 2))

    def test_a_codec_that_the_stream_has_not_is_refused(self, stream: Stream) -> None:
        stream.configure(formats=("image/png",))
        with pytest.raises(OptionError, match="codec is one of image/png, or empty, got 'image/jpeg'"):
            RfbViewer(served=stream, codec="image/jpeg")

    @pytest.mark.parametrize(
        "choices",
        [
            None,
            [],
            {"paused": 1},
            {"paused": None},
            {"codec": "text/html"},
            {"codec": 4},
            {"seen": {**SEEN, "zoom": "2"}},
            {"seen": {**SEEN, "region": [1, 2, 3, 4]}},
            {"height": 4},
        ],
    )
    def test_what_no_page_of_ours_chooses_changes_nothing(self, choices: object) -> None:
        made = RfbViewer()
        report(made, {"kind": "report", "choices": choices})
        assert (made.paused, made.codec, made.region, made.zoom, made.height) == (False, "", None, 1.0, 480)


def test_the_page_hears_that_an_event_arrived_after_all_who_follow_it() -> None:
    made, order = RfbViewer(), list[str]()
    made.observe(lambda _: order.append("followed"), names="last_event")

    async def kernel() -> None:
        made.last_event = {"type": "key_down", "key": "a", "modifiers": []}
        order.append("asked")
        await asyncio.sleep(0)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(made, "send", lambda content: order.append(content["kind"]))
        asyncio.run(kernel())
    assert order == ["followed", "asked", "heard"]


class TestNumbers:
    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("height", np.int64(300)),
            ("width", np.uint16(300)),
            ("port", np.int32(8080)),
            ("zoom", np.float32(2)),
            ("zoom", np.int64(2)),
            ("zoom", Fraction(5, 2)),
            ("aspect", np.float32(1.5)),
            ("aspect", Fraction(16, 9)),
        ],
    )
    def test_those_of_numpy_and_fractions_become_pythons_own(self, name: str, value: Any) -> None:
        made, later = RfbViewer(**{name: value}), RfbViewer()
        setattr(later, name, value)
        for each in (made, later):
            got = getattr(each, name)
            assert type(got) in (int, float)
            assert got == pytest.approx(float(value))

    @pytest.mark.parametrize(
        ("name", "value"), [("zoom", "two"), ("width", "half"), ("height", 1.5), ("height", True), ("fit", "wide")]
    )
    def test_what_makes_no_sense_is_our_own_error_when_it_is_set_too(self, name: str, value: Any) -> None:
        made = RfbViewer()
        before = getattr(made, name)
        with pytest.raises(OptionError, match=f"'{name}' trait"):
            setattr(made, name, value)
        assert getattr(made, name) == before


class TestWidth:
    def test_a_viewer_is_as_wide_as_its_picture_and_the_bare_canvas_as_its_cell(self) -> None:
        assert (RfbViewer().width, RfbCanvas().width) == (0, "full")
        assert (RfbViewer(width="full").width, RfbCanvas(width=0).width) == ("full", 0)

    def test_the_page_knows_how_large_the_pictures_will_be(self) -> None:
        hub = Hub()
        made = RfbViewer(served=hub.add_stream("s", 64, 48))
        assert (made.picture_size, made.follows_view) == ([64, 48], False)
        assert RfbViewer(served=hub.add_stream("f", 64, 48, resize_policy="match_client")).follows_view
        assert RfbViewer(url="ws://elsewhere/s").picture_size == []
