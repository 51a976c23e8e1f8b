"""The widgets `RfbCanvas` and `RfbViewer`, which show one stream."""

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
from marimo_rfb.notebook.tool import DEFAULT_TOOLS, Tool
from marimo_rfb.notebook.versioned_settings import VersionedSettings, as_region, seen_region
from marimo_rfb.notebook.view_options import ViewOptions
from marimo_rfb.stream.options import check_awaited
from marimo_rfb.stream.stream import Stream
from marimo_rfb.version import bundle_version
from marimo_rfb.wasm import NO_THREADS, in_wasm

__all__ = ["SETTINGS", "RfbCanvas", "RfbViewer", "check_traits", "picture_of", "widget_for"]

STATES = ("connecting", "open", "negotiated", "reconnecting", "closed", "error")
TRANSPORTS = ("", "direct", "same-origin", "comm")
# Setting any of these disables `auto_transport`.
ADDRESS = ("url", "base_path", "host", "port")
TOOLS = tuple(tool.value for tool in Tool)  # plain strings, for error texts and `toolbar`
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


# The page compares it with the version of its own bundle, and reports a mismatch. Not the version of the package, which
# may differ in a checkout.
_ESM = _bundle("widget.js", absent=_NOT_BUILT)
_BUNDLE_VERSION = bundle_version(_ESM)


class RfbCanvas(anywidget.AnyWidget):
    """A stream's picture without toolbar or status; by default as wide as its cell.

    A widget created in the process that serves the stream selects its transport automatically: the hub's port, the
    notebook's own server, or, if the page can reach neither, the kernel's comm. If an address is set, the page uses
    only that one: `url`, else `base_path` on the page's own origin, else `host` and `port`. Frames travel over a
    WebSocket, except on the kernel's comm; the kernel otherwise only carries these traits.

    The page reports `state`, `stats`, `last_error`, `transport` and `transport_reason`. They can be observed, but do
    not re-run marimo cells.
    """

    _esm = _ESM
    _css = _bundle("widget.css", absent="")

    url = traitlets.Unicode("", help="WebSocket address; overrides all other address traits").tag(sync=True)
    base_path = traitlets.Unicode("", help="path on the page's own origin, such as /rfb").tag(sync=True)
    host = traitlets.Unicode("auto", help='name or address of the hub; "auto" is the host of the page').tag(sync=True)
    port = Integer(0, min=0, max=65535, help="TCP port of the hub").tag(sync=True)
    stream = traitlets.Unicode("default", help="name of the stream").tag(sync=True)
    ticket = traitlets.Unicode("", help="replaces the token for a minute, until the page has it").tag(sync=True)
    has_token = traitlets.Bool(False, help="whether there is a token for the page to request").tag(sync=True)
    version = traitlets.Unicode(_BUNDLE_VERSION, read_only=True, help="expected version of the page's JavaScript").tag(
        sync=True
    )
    obstacle = traitlets.Unicode("", help="why no live picture is possible here, and what to do about it").tag(
        sync=True
    )
    hub = traitlets.Unicode("", help="name of the hub in marimo's own server; empty if unknown").tag(sync=True)
    auto_transport = traitlets.Bool(
        False, help="whether the page may try transports besides `host` and `port`; false if an address was set"
    ).tag(sync=True)

    height = Integer(480, min=1, max=16384, help="height of the view in CSS pixels; live").tag(sync=True)
    width = traitlets.Union(
        [traitlets.Enum(("full",)), Integer(min=0, max=16384)],
        default_value="full",
        help='width of the view in CSS pixels; "full" for the width of the cell; 0 for the width of the picture at '
        "`height`. Never wider than the cell. With `aspect`, or if the stream follows the size of its views, 0 means "
        '"full"; live',
    ).tag(sync=True)
    picture_size = traitlets.List(
        traitlets.Int(), help="width and height of the picture until the first frame; empty if unknown"
    ).tag(sync=True)
    follows_view = traitlets.Bool(
        False, help="whether the stream follows the size of its views; the views then cannot follow the picture's size"
    ).tag(sync=True)
    aspect = traitlets.Union(
        [traitlets.Enum(("frame",)), Number(min=0.0, max=1000.0)],
        default_value=0.0,
        help='width / height of the view; "frame" for that of the picture, 0 to use `height`; live',
    ).tag(sync=True)
    resizable = traitlets.Bool(False, help="whether users may resize the view by its corner; live").tag(sync=True)
    fit = traitlets.Enum(
        ("contain", "cover", "fill"),
        "contain",
        help='how the picture fills the view: "contain", "cover" (cropped) or "fill" (stretched); live',
    ).tag(sync=True)
    alt = traitlets.Unicode("", help="description of the picture for screen readers; live").tag(sync=True)
    interactive = traitlets.Bool(True, help="whether pointer, wheel and key events are sent; live").tag(sync=True)
    zoom_by = traitlets.Enum(
        ("modifier", "gesture", "none"),
        "modifier",
        help='gestures that zoom and pan, besides the toolbar: "modifier" for those with Control or Command held, so '
        'that plain ones are input; "gesture" for plain ones, so that wheel, pinch, double click and drag are not '
        'input; "none" for none; live',
    ).tag(sync=True)
    linked = traitlets.Unicode("", help="views in a page with the same non-empty name show the same region; live").tag(
        sync=True
    )
    pinch_as_wheel = traitlets.Bool(
        False, help="whether a two-finger pinch is sent as wheel events with Control; live"
    ).tag(sync=True)
    text_input = traitlets.Bool(
        False, help="whether text from input methods and on-screen keyboards is sent; live"
    ).tag(sync=True)
    clipboard = traitlets.Bool(
        False, help="whether pasted text is sent, and `Stream.copy_text` reaches the clipboard; live"
    ).tag(sync=True)
    settings = traitlets.Dict(help="Python's last values of the traits that users set too, with version numbers").tag(
        sync=True
    )
    main_thread_present = traitlets.Bool(
        help="whether to draw on the page's main thread instead of in the worker; default: true in marimo, else false; "
        "a change rebuilds the view"
    ).tag(sync=True)
    worker_url = traitlets.Unicode(
        "", help="same-origin address of the worker script, for pages whose security policy forbids blob: workers"
    ).tag(sync=True)

    poster = traitlets.Bytes(b"", help="small JPEG or PNG to show until there is a live picture").tag(sync=True)
    view_id = traitlets.Unicode(
        "", help="random id that identifies the view to the hub, so that its events reach its `View.value`"
    ).tag(sync=True)
    sync_last_event = traitlets.Bool(False, help="whether the page sets `last_event`").tag(sync=True)
    last_event = traitlets.Dict(
        default_value=None,
        allow_none=True,
        help="the last press, drag, double click or key, as reported by the page",
    ).tag(sync=True)

    chrome = traitlets.Bool(False, read_only=True, help="whether controls and messages may cover the picture").tag(
        sync=True
    )
    show_status = traitlets.Bool(False, help="whether to show the status pill; live").tag(sync=True)
    show_toolbar = traitlets.Bool(False, help="whether to show the toolbar; live").tag(sync=True)
    show_stats = traitlets.Bool(False, help="whether to show the panel of measurements; live").tag(sync=True)
    toolbar = traitlets.List(
        traitlets.Enum(TOOLS),
        default_value=[tool.value for tool in DEFAULT_TOOLS],
        help="tools in the toolbar, in order; values of `Tool`; live",
    ).tag(sync=True)

    # Not synced, because hosts save synced traits in exported pages and notebook files.
    token = traitlets.Unicode("", help="the stream's token; sent to live pages only, never saved with the notebook")

    # Not synced: the page reports them by custom messages, and only Python sets them.
    state = traitlets.Enum(STATES, "connecting", help="state of the page's connection to the stream")
    stats = traitlets.Dict(help="measurements of the page and the server, updated once a second")
    last_error = traitlets.Unicode("", help="the latest error; empty if there is none")
    transport = traitlets.Enum(TRANSPORTS, "", help="transport of the pictures; empty while disconnected")
    transport_reason = traitlets.Unicode("", help="why the page uses this transport and not a better one")

    # Not synced either: Python's value travels in `settings`, the user's by custom message.
    paused = traitlets.Bool(False, help="whether the picture is paused; users can change it; live")
    codec = traitlets.Unicode(
        "",
        help='MIME type of the pictures, such as "image/png"; empty for the stream\'s default; users can change it; '
        "live",
    )
    region = traitlets.Any(
        None,
        help="visible part of the picture: x, y, width, height in frame pixels; `None` until a page has shown the "
        "picture. Setting it shows all of that part, `None` the whole picture; users can change it; live",
    )
    zoom = Number(
        1.0,
        min=1.0,
        max=65536.0,
        help="magnification relative to the fitted picture, 1 or more; users can change it; live",
    )

    def __init__(self, *, served: Stream | None = None, **traits: Any) -> None:
        # Before anything that may raise, because `close` also runs for a widget that failed to initialize.
        self._comm = CommTransport(self.send)
        self._renewal: TicketRenewal | None = None
        self._settings = VersionedSettings()
        self._reported: set[str] = set()
        check_traits(type(self), traits)
        check_awaited(served)
        if not isinstance(served, Stream | None):
            raise OptionError(f"served is a Stream, got {type(served).__name__}")
        # A reference that keeps the stream alive.
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
        """Return the widget itself, because `mo.ui.array` and similar elements copy their items."""
        return self

    def __copy__(self) -> Self:
        return self

    def _ipython_display_(self) -> None:
        display_widget(self, self._served)

    @traitlets.default("main_thread_present")
    def _default_main_thread_present(self) -> bool:
        # marimo moves a widget's element in the page, which a canvas that was transferred to a worker may not survive.
        return _marimo.in_live_notebook()

    def close(self) -> None:
        """Close the comms of the widget and of its layout, which no other object refers to."""
        layout = self.layout
        discard_fallback(self)
        self._comm.close()
        if self._renewal is not None:
            self._renewal.close()
        super().close()
        if layout is not None:
            layout.close()

    def start_server(self) -> None:
        """Start the stream's hub, unless it is running, and send its address to the page. Any thread."""
        if self._served is None or in_wasm():
            return
        shared_hub.ensure_started(self._served.server)
        auto_transport = self.auto_transport
        with self.hold_sync():
            for name, value in _address_of(self._served).items():
                self.set_trait(name, value)
            self.auto_transport = auto_transport
            self._has_page = True  # hubs are started for pages only
            self._renew_ticket()

    @property
    def _waits_for_server(self) -> bool:
        """Whether the page has no address yet: streams can be created and shown before their hub is started."""
        return self.state == "connecting" and not (self.url or self.base_path or self.port)

    def _find_stream(self, traits: dict[str, Any]) -> None:
        """Fill in the traits of the stream that `port` and `stream` name, if this process serves it."""
        hub = Hub.on_port(traits.get("port", 0))
        if hub is None:
            return
        self._served = hub.stream(traits.get("stream", "default"))
        for name, value in _traits_of(self._served).items():
            traits.setdefault(name, value)

    def _make_ticket(self, token: str) -> str:
        """Return a ticket for a page that mounts before it gets the token, or an empty string.

        An export has no page and gets no ticket.
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
        # The formats of a stream in another process are unknown here.
        if codec and self._served is not None and codec not in offered:
            raise traitlets.TraitError(f"codec is one of {', '.join(offered)}, or empty, got {codec!r}")
        return codec

    def _on_last_event(self, _change: Any) -> None:
        # marimo sends each event in its own request, and requests may overtake one another, so the page waits for this
        # answer. It is sent after the other observers ran: cells must be queued for this event before the next arrives.
        try:
            asyncio.get_running_loop().call_soon(self.send, {"kind": "heard"})
        except RuntimeError:  # no event loop: the trait was set by user code, not by the page
            self.send({"kind": "heard"})

    def _on_setting(self, change: Any) -> None:
        if change.name not in self._reported:
            self._push_setting(change.name)

    def _push_setting(self, name: str) -> None:
        self.settings = self._settings.set(name, getattr(self, name))

    def _set_from_page(self, name: str, value: Any) -> None:
        """Set a trait to the user's choice, without sending it back to the page."""
        self._reported.add(name)
        try:
            self.set_trait(name, value)
        finally:
            self._reported.discard(name)

    def _on_message(self, _widget: Any, content: Any, _buffers: Any) -> None:
        """Handle a message of the page; ignore invalid parts, because pages are untrusted."""
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
    """The picture with a toolbar, a status pill, a panel of measurements, and error messages."""

    chrome = traitlets.Bool(True, read_only=True, help="whether controls and messages may cover the picture").tag(
        sync=True
    )
    width = traitlets.Union(
        [traitlets.Enum(("full",)), Integer(min=0, max=16384)],
        default_value=0,
        help="like `RfbCanvas.width`, but default: 0; live",
    ).tag(sync=True)
    show_status = traitlets.Bool(True, help="whether to show the status pill; live").tag(sync=True)
    show_toolbar = traitlets.Bool(True, help="whether to show the toolbar; live").tag(sync=True)
    resizable = traitlets.Bool(True, help="whether users may resize the view by its corner; live").tag(sync=True)


def check_traits(cls: type[RfbCanvas], names: Iterable[str]) -> None:
    """Check that all `names` are traits of `cls`.

    Raises:
        OptionError: one is not; the message suggests a similar name.
    """
    known = cls.class_trait_names()
    for name in names:
        if name not in known:
            similar = difflib.get_close_matches(name, known, 1)
            hint = f"; did you mean {similar[0]}?" if similar else ""
            raise OptionError(f"{cls.__name__} has no trait {name!r}{hint}")


def widget_for(stream: Stream, /, *, batteries: bool, **traits: "Unpack[ViewOptions]") -> RfbCanvas:
    """Return a widget of `stream`; see `Stream.widget`."""
    if "stream" in traits:
        raise OptionError(f"the widget shows the stream it is made from, {stream.name!r}; omit stream=")
    cls = RfbViewer if batteries else RfbCanvas
    return cls(served=stream, **traits)


def _messages_in(content: Any) -> list[dict[str, Any]]:
    """Return the messages in `content`: the page batches messages that had to wait."""
    if not isinstance(content, dict):
        return []
    several = content.get("messages") if content.get("kind") == "several" else [content]
    return [each for each in several if isinstance(each, dict)] if isinstance(several, list) else []


def _page_shows_notebook() -> bool:
    try:
        return Session.current().has_page
    except RfbError:  # the thread belongs to none of several sessions
        return False


def picture_of(stream: Stream) -> dict[str, Any]:
    """Return the traits that describe the size of a stream's pictures until the first frame."""
    follows = stream.options.resize_policy == "match_client"
    return {"picture_size": [stream.width, stream.height], "follows_view": follows}


def _address_of(stream: Stream) -> dict[str, Any]:
    """Return the traits with the address of a stream's hub, which may have no port until a page shows the stream."""
    hub = core_of(stream.server)
    return {"host": "auto" if hub.is_wildcard else hub.host, "port": hub.port, "hub": hub.id}


def _traits_of(stream: Stream) -> dict[str, Any]:
    """Return the traits that a page needs of a stream: address, token and size."""
    return {**_address_of(stream), "stream": stream.name, "token": stream.token, **picture_of(stream)}
