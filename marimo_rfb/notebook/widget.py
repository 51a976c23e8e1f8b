"""The widgets: a page's view of one stream."""

import asyncio
import difflib
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Self, Unpack

import anywidget
import traitlets

from marimo_rfb.encode.registry import known_codecs
from marimo_rfb.errors import OptionError, RfbError
from marimo_rfb.hub.core import core_of
from marimo_rfb.hub.hub import Hub
from marimo_rfb.notebook.comm.comm_transport import CommTransport
from marimo_rfb.notebook.comm.ticket_renewal import TicketRenewal
from marimo_rfb.notebook.hosts import _marimo, shared_hub
from marimo_rfb.notebook.hosts.session import Session
from marimo_rfb.notebook.number_traits import Integer, Number
from marimo_rfb.notebook.stills.static_fallback import discard_fallback, display_widget
from marimo_rfb.notebook.tool import Tool
from marimo_rfb.notebook.versioned_settings import VersionedSettings, as_region, seen_region
from marimo_rfb.notebook.view_options import ViewOptions
from marimo_rfb.stream.options import check_awaited
from marimo_rfb.stream.stream import Stream
from marimo_rfb.version import bundle_version
from marimo_rfb.wasm import NO_THREADS, in_wasm

__all__ = ["SETTINGS", "RfbCanvas", "RfbViewer", "check_traits", "picture_of", "widget_for"]

STATES = ("connecting", "open", "negotiated", "reconnecting", "closed", "error")
TRANSPORTS = ("", "direct", "same-origin", "comm")
# Whoever sets one of these says where the stream is.
ADDRESS = ("url", "base_path", "host", "port")
TOOLS = tuple(tool.value for tool in Tool)  # plain, as one writes them, in errors and in `toolbar`
SETTINGS = ("paused", "codec", "region", "zoom")
MAX_STATS = 64
MAX_TEXT = 2000

_STATIC = Path(__file__).parent.parent / "static"
_NOT_BUILT = """
export default {
  render({ el }) {
    const message = document.createElement("p");
    message.className = "rfb-not-built";
    message.textContent =
      "marimo-rfb: the page part of this widget was never built. In the source tree run: python js/hatch_build.py";
    el.appendChild(message);
  },
};
"""


def _bundle(name: str, *, absent: str) -> str:
    path = _STATIC / name
    return path.read_text(encoding="utf-8") if path.exists() else absent


# What a page has to have: one that has another is told so. Not that of the package, because in a checkout the two may
# differ.
_ESM = _bundle("widget.js", absent=_NOT_BUILT)
_BUNDLE_VERSION = bundle_version(_ESM)


class RfbCanvas(anywidget.AnyWidget):
    """A stream's picture and nothing else, filling the cell's width unless `width` says otherwise.

    A widget made in the process that serves the stream finds its way: the hub's port, the notebook's own server, and
    where neither can be reached, the kernel's channel. An address that is given is the only way: `url`, else
    `base_path` on the page's own origin, else `host` and `port`. But for that last way frames travel over a socket,
    and the kernel carries these traits only.

    The page reports `state`, `stats`, `last_error`, `transport` and `transport_reason`. They can be observed; no marimo
    cell re-runs because of them.
    """

    _esm = _ESM
    _css = _bundle("widget.css", absent="")

    url = traitlets.Unicode("", help="WebSocket address; when set it wins over everything else").tag(sync=True)
    base_path = traitlets.Unicode("", help="path on the page's own origin, such as /rfb").tag(sync=True)
    host = traitlets.Unicode("auto", help='name or address of the hub; "auto" is the page\'s own').tag(sync=True)
    port = Integer(0, min=0, max=65535, help="TCP port of the hub").tag(sync=True)
    stream = traitlets.Unicode("default", help="name of the stream").tag(sync=True)
    ticket = traitlets.Unicode("", help="opens the stream for a minute, until the page knows the token").tag(sync=True)
    has_token = traitlets.Bool(False, help="whether there is a token, which the page asks for").tag(sync=True)
    version = traitlets.Unicode(_BUNDLE_VERSION, read_only=True, help="of the page part that belongs to this").tag(
        sync=True
    )
    obstacle = traitlets.Unicode("", help="why there can be no live picture here, and what it takes").tag(sync=True)
    hub = traitlets.Unicode("", help="name of the hub in marimo's own server; empty when that does not know it").tag(
        sync=True
    )
    auto_transport = traitlets.Bool(
        False, help="whether the page may take another way than `host` and `port`; not where they were given"
    ).tag(sync=True)

    height = Integer(480, min=1, max=16384, help="height of the view in CSS pixels; live").tag(sync=True)
    width = traitlets.Union(
        [traitlets.Enum(("full",)), Integer(min=0, max=16384)],
        default_value="full",
        help='width of the view in CSS pixels; "full" for all the cell has; 0 for that of the picture at `height`, '
        "both less where the cell is narrower. With `aspect`, or where the stream follows the size of its views, 0 is "
        '"full"; live',
    ).tag(sync=True)
    picture_size = traitlets.List(
        traitlets.Int(), help="width and height of the pictures before the first one comes; empty where not known"
    ).tag(sync=True)
    follows_view = traitlets.Bool(
        False, help="whether the pictures follow the size of the view, which then cannot follow theirs"
    ).tag(sync=True)
    aspect = traitlets.Union(
        [traitlets.Enum(("frame",)), Number(min=0.0, max=1000.0)],
        default_value=0.0,
        help='width / height of the view, "frame" for that of the picture; 0 where `height` counts; live',
    ).tag(sync=True)
    resizable = traitlets.Bool(False, help="whether a person may resize the view by its corner; live").tag(sync=True)
    fit = traitlets.Enum(("contain", "cover", "fill"), "contain", help="how the picture fills the view; live").tag(
        sync=True
    )
    alt = traitlets.Unicode("", help="what the picture shows, for those who cannot see it; live").tag(sync=True)
    interactive = traitlets.Bool(True, help="whether pointer, wheel and keys are sent; live").tag(sync=True)
    zoom_by = traitlets.Enum(
        ("modifier", "gesture", "none"),
        "modifier",
        help="how a person zooms beside the toolbar: with Control or Command held, so that plain gestures are input; "
        "by plain gestures, so that wheel, pinch, double click and drag are no input; or not at all; live",
    ).tag(sync=True)
    linked = traitlets.Unicode("", help="views of a page with the same name here show the same region; live").tag(
        sync=True
    )
    pinch_as_wheel = traitlets.Bool(
        False, help="whether two fingers that open or close are told as a wheel with Control held; live"
    ).tag(sync=True)
    text_input = traitlets.Bool(
        False, help="whether text is typed, with an input method or the keyboard of a screen; live"
    ).tag(sync=True)
    clipboard = traitlets.Bool(
        False, help="whether a paste is told, and `Stream.copy_text` reaches the clipboard; live"
    ).tag(sync=True)
    settings = traitlets.Dict(help="what Python set last of what a person sets too, numbered").tag(sync=True)
    main_thread_present = traitlets.Bool(
        help="draw on the page's main thread, as by default in marimo, or in the worker; a change rebuilds the view"
    ).tag(sync=True)
    worker_url = traitlets.Unicode(
        "", help="same-origin address of the worker script, where a policy forbids blob workers"
    ).tag(sync=True)

    poster = traitlets.Bytes(b"", help="a small JPEG or PNG that is shown until there is a live picture").tag(sync=True)
    view_id = traitlets.Unicode(
        "", help="names the view to its stream's server, so that `View.value` is told what is done in it"
    ).tag(sync=True)
    sync_last_event = traitlets.Bool(False, help="whether the page sets `last_event`").tag(sync=True)
    last_event = traitlets.Dict(
        default_value=None,
        allow_none=True,
        help="the press, drag, double click or key that came last, as the page tells it",
    ).tag(sync=True)

    chrome = traitlets.Bool(False, read_only=True, help="whether there is anything over the picture").tag(sync=True)
    show_status = traitlets.Bool(False, help="show the status pill; live").tag(sync=True)
    show_toolbar = traitlets.Bool(False, help="show the toolbar; live").tag(sync=True)
    show_stats = traitlets.Bool(False, help="show the panel of measurements; live").tag(sync=True)
    toolbar = traitlets.List(
        traitlets.Enum(TOOLS), default_value=list(TOOLS), help="what the toolbar holds, names of `Tool` in order; live"
    ).tag(sync=True)

    # Not synced, because what is synced is saved: in exported pages, in the files of notebooks.
    token = traitlets.Unicode("", help="the stream's token; a live page is told it, and nothing that is saved has it")

    # Not synced: the page tells them by custom message, and only Python sets them.
    state = traitlets.Enum(STATES, "connecting", help="how the page stands to the stream")
    stats = traitlets.Dict(help="what the page and the server measured, once a second")
    last_error = traitlets.Unicode("", help="the latest error; empty when all is well")
    transport = traitlets.Enum(TRANSPORTS, "", help="what carries the pictures; empty while nothing does")
    transport_reason = traitlets.Unicode("", help="why it is that and nothing better")

    # Not synced either: Python's value goes by `settings`, a person's by custom message.
    paused = traitlets.Bool(False, help="whether the picture is held; set by a person too; live")
    codec = traitlets.Unicode(
        "", help='what the pictures are to be encoded as, such as "image/png"; empty for the stream\'s choice; live'
    )
    region = traitlets.Any(
        None,
        help="the part of the picture that is seen: x, y, width, height in frame pixels; `None` before there is one. "
        "Set by a person too; setting it shows all of that part, `None` the whole picture",
    )
    zoom = Number(
        1.0, min=1.0, max=65536.0, help="how much larger than fitted the picture is; set by a person too; live"
    )

    def __init__(self, *, served: Stream | None = None, **traits: Any) -> None:
        # First of all: a widget that is refused below is closed all the same.
        self._comm = CommTransport(self.send)
        self._renewal: TicketRenewal | None = None
        self._settings = VersionedSettings()
        self._reported: set[str] = set()
        check_traits(type(self), traits)
        check_awaited(served)
        if not isinstance(served, Stream | None):
            raise OptionError(f"served is a Stream, got {type(served).__name__}")
        # Kept, because what it is made of is nobody else's to keep.
        self._served = served
        if served is None and not traits.get("url") and not traits.get("token"):
            self._find_stream(traits)
        elif served is not None:
            is_given = any(name in traits for name in ADDRESS)
            traits = {**_traits_of(served), "auto_transport": not is_given, **traits}
        self._has_page = self._served is not None and _page_shows_notebook()
        if self._served is not None:
            self._renewal = TicketRenewal(self._served, self._renew_ticket)
            if in_wasm():
                traits.setdefault("obstacle", NO_THREADS)
        traits["has_token"] = bool(traits.get("token"))
        try:
            super().__init__(**{**traits, "ticket": self._make_ticket(traits.get("token", ""))})
        except traitlets.TraitError as exc:
            raise OptionError(str(exc)) from exc
        self.on_msg(self._on_message)
        self.observe(self._on_token, names="token")
        self.observe(self._on_address, names=["host", "port"])
        self.observe(self._on_setting, names=list(SETTINGS))
        self.observe(self._on_last_event, names="last_event")
        for name in SETTINGS:
            if name in traits:
                self._push_setting(name)

    def __setattr__(self, name: str, value: Any) -> None:
        try:
            super().__setattr__(name, value)
        except traitlets.TraitError as exc:
            raise OptionError(str(exc)) from exc

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        """Return the widget itself, because `mo.ui.array` and its kin copy what they are given."""
        return self

    def __copy__(self) -> Self:
        return self

    def _ipython_display_(self) -> None:
        display_widget(self, self._served)

    @traitlets.default("main_thread_present")
    def _default_main_thread_present(self) -> bool:
        # marimo moves a widget's element in the page, and a canvas that was transferred to a worker may not survive
        # that.
        return _marimo.in_live_notebook()

    def close(self) -> None:
        """Close the widget's end of the kernel's channel, and that of its layout, which nobody else knows of."""
        layout = self.layout
        discard_fallback(self)
        self._comm.close()
        if self._renewal is not None:
            self._renewal.close()
        super().close()
        if layout is not None:
            layout.close()

    def start_server(self) -> None:
        """Start the hub of the stream that is shown, unless it runs, and tell the page where. Any thread."""
        if self._served is None or in_wasm():
            return
        shared_hub.ensure_started(self._served.server)
        auto_transport = self.auto_transport
        with self.hold_sync():
            for name, value in _address_of(self._served).items():
                self.set_trait(name, value)
            self.auto_transport = auto_transport
            self._has_page = True  # servers are started for pages
            self._renew_ticket()

    @property
    def _waits_for_server(self) -> bool:
        """Whether the page knows of no address: streams can be made, and shown, before there is a server."""
        return self.state == "connecting" and not (self.url or self.base_path or self.port)

    def _find_stream(self, traits: dict[str, Any]) -> None:
        """Fill in what is known of a stream that this process serves, and keep it alive."""
        hub = Hub.on_port(traits.get("port", 0))
        if hub is None:
            return
        self._served = hub.stream(traits.get("stream", "default"))
        for name, value in _traits_of(self._served).items():
            traits.setdefault(name, value)

    def _make_ticket(self, token: str) -> str:
        """Return a ticket for a page that mounts now, which may have to wait for the token; empty where there is none.

        An export has no page, and so nothing to keep.
        """
        if self._served is None or self._renewal is None or not self._has_page or not token:
            return ""
        ticket = core_of(self._served.server).issue_ticket(self._served, token)
        if ticket:
            self._renewal.on_issued()
        return ticket

    def _renew_ticket(self) -> None:
        self.ticket = self._make_ticket(self.token)

    def _on_token(self, _change: Any) -> None:
        self.has_token = bool(self.token)
        self._renew_ticket()
        if self._has_page:
            self._send_token()

    def _send_token(self) -> None:
        self.send({"kind": "token", "token": self.token})

    def _on_address(self, _change: Any) -> None:
        self.auto_transport = False

    @traitlets.validate("region")
    def _check_region(self, proposal: Any) -> Any:
        if proposal.value is None:
            return None
        try:
            return as_region(proposal.value)
        except OptionError as exc:
            raise traitlets.TraitError(str(exc)) from None

    @traitlets.validate("codec")
    def _check_codec(self, proposal: Any) -> Any:
        codec = proposal.value
        offered = known_codecs() if self._served is None else self._served.options.offered
        # Of a stream elsewhere only its server knows.
        if codec and self._served is not None and codec not in offered:
            raise traitlets.TraitError(f"codec is one of {', '.join(offered)}, or empty, got {codec!r}")
        return codec

    def _on_last_event(self, _change: Any) -> None:
        # marimo sends each event by a request of its own, and requests overtake one another: the page waits for this.
        # Not before the other observers had it: the cells are asked to run for this one before the next one comes.
        try:
            asyncio.get_running_loop().call_soon(self.send, {"kind": "heard"})
        except RuntimeError:  # no loop: whoever sets the trait by hand
            self.send({"kind": "heard"})

    def _on_setting(self, change: Any) -> None:
        if change.name not in self._reported:
            self._push_setting(change.name)

    def _push_setting(self, name: str) -> None:
        self.settings = self._settings.set(name, getattr(self, name))

    def _set_from_page(self, name: str, value: Any) -> None:
        """Set a trait to what a person chose, without sending it to the page."""
        self._reported.add(name)
        try:
            self.set_trait(name, value)
        finally:
            self._reported.discard(name)

    def _on_message(self, _widget: Any, content: Any, _buffers: Any) -> None:
        """Take what the page says; what does not fit is left out, because a page may say anything."""
        for message in _messages_in(content):
            kind = message.get("kind")
            if kind == "wire":
                self._comm.receive(message, self._served)
            elif kind == "report":
                self._on_report(message)
            elif kind == "ask_token":
                self._has_page = True
                self._send_token()

    def _on_report(self, content: dict[str, Any]) -> None:
        if content.get("transport") in TRANSPORTS:
            self.transport = content["transport"]
        if isinstance(content.get("why"), str):
            self.transport_reason = content["why"][:MAX_TEXT]
        if content.get("state") in STATES:
            self.state = content["state"]
            if self._waits_for_server:
                self.start_server()
        if isinstance(content.get("last_error"), str):
            self.last_error = content["last_error"][:MAX_TEXT]
        choices = content.get("choices")
        if isinstance(choices, dict):
            self._on_choices(choices)
        stats = content.get("stats")
        if isinstance(stats, dict) and len(stats) <= MAX_STATS:
            self.stats = {
                str(name)[:MAX_TEXT]: value
                for name, value in stats.items()
                if isinstance(value, (int, float)) or (isinstance(value, str) and len(value) <= MAX_TEXT)
            }

    def _on_choices(self, choices: dict[str, Any]) -> None:
        if isinstance(choices.get("paused"), bool):
            self._set_from_page("paused", choices["paused"])
        codec = choices.get("codec")
        if isinstance(codec, str) and (codec == "" or codec in known_codecs()):
            self._set_from_page("codec", codec)
        seen = seen_region(choices.get("seen"))
        if seen is not None:
            self._set_from_page("region", seen[0])
            self._set_from_page("zoom", max(1.0, seen[1]))


class RfbViewer(RfbCanvas):
    """The picture with a status pill, a toolbar, a panel of measurements, and a message when something is wrong."""

    chrome = traitlets.Bool(True, read_only=True, help="whether there is anything over the picture").tag(sync=True)
    width = traitlets.Union(
        [traitlets.Enum(("full",)), Integer(min=0, max=16384)],
        default_value=0,
        help="as that of `RfbCanvas`, but 0 unless told otherwise; live",
    ).tag(sync=True)
    show_status = traitlets.Bool(True, help="show the status pill; live").tag(sync=True)
    show_toolbar = traitlets.Bool(True, help="show the toolbar; live").tag(sync=True)
    resizable = traitlets.Bool(True, help="whether a person may resize the view by its corner; live").tag(sync=True)


def check_traits(cls: type[RfbCanvas], names: Iterable[str]) -> None:
    """Raise `OptionError` for the first of `names` that is no trait of `cls`, with the one that was probably meant."""
    known = cls.class_trait_names()
    for name in names:
        if name not in known:
            near = difflib.get_close_matches(name, known, 1)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise OptionError(f"{cls.__name__} has no trait {name!r}{hint}")


def widget_for(stream: Stream, /, *, batteries: bool, **traits: "Unpack[ViewOptions]") -> RfbCanvas:
    """Return a widget of `stream`; see `Stream.widget`."""
    if "stream" in traits:
        raise OptionError(f"the widget shows the stream it is made from, {stream.name!r}; leave stream= out")
    cls = RfbViewer if batteries else RfbCanvas
    return cls(served=stream, **traits)


def _messages_in(content: Any) -> list[dict[str, Any]]:
    """Return what the page said at once; it says several things when they had to wait for one another."""
    if not isinstance(content, dict):
        return []
    several = content.get("messages") if content.get("kind") == "several" else [content]
    return [each for each in several if isinstance(each, dict)] if isinstance(several, list) else []


def _page_shows_notebook() -> bool:
    try:
        return Session.current().has_page
    except RfbError:  # a thread that belongs to none of several sessions
        return False


def picture_of(stream: Stream) -> dict[str, Any]:
    """Return the traits that say how large a stream's pictures are before one comes."""
    follows = stream.options.resize_policy == "match_client"
    return {"picture_size": [stream.width, stream.height], "follows_view": follows}


def _address_of(stream: Stream) -> dict[str, Any]:
    """Return the traits that say where a stream's hub is, which may have no port before a page shows it."""
    hub = core_of(stream.server)
    return {"host": "auto" if hub.is_wildcard else hub.host, "port": hub.port, "hub": hub.id}


def _traits_of(stream: Stream) -> dict[str, Any]:
    """Return what a page must know of a stream: where it is, what opens it, and how large it is."""
    return {**_address_of(stream), "stream": stream.name, "token": stream.token, **picture_of(stream)}
