import { assertNever } from "../flow/assert_never.ts";
import type { InputEvent } from "../flow/event_merge.ts";
import { Observable } from "../flow/observable.ts";
import { VERSION } from "../flow/version.ts";
import { pageSkew } from "../flow/version_skew.ts";
import { parseCommMessage } from "../host/comm_messages.ts";
import type { Model } from "../host/model.ts";
import { onCustomMessage } from "../host/model.ts";
import { PictureState } from "../host/picture_state.ts";
import { RequestTracker } from "../host/request_tracker.ts";
import type { SendQueue } from "../host/send_queue.ts";
import { customMessageQueue } from "../host/send_queue.ts";
import { Settings } from "../host/settings.ts";
import { StatusReporter } from "../host/status_reporter.ts";
import { Traits } from "../host/traits.ts";
import { ValueSync } from "../host/value_sync.ts";
import type { LinkHandle } from "../view/link_handle.ts";
import type { PageFrame } from "../view/page_presenter.ts";
import { PagePresenter } from "../view/page_presenter.ts";
import type { Presenter } from "../view/presenter.ts";
import { SharedTransform } from "../view/shared_transform.ts";
import type { View } from "../view/view.ts";
import { WorkerPresenter } from "../view/worker_presenter.ts";
import type { ClientMessage, Config, Notice, ServerMessage, SetContrast } from "../wire/messages.ts";
import { Capability } from "../wire/messages.ts";
import type {
  CommCommand,
  ConnectionState,
  FromWorker,
  LinkState,
  LiveStats,
  SentFile,
} from "../wire/worker_messages.ts";
import { Credential } from "./credential.ts";
import type { DecodeHost } from "./decode_host.ts";
import { PageDecodeHost, WorkerDecodeHost } from "./decode_host.ts";
import { ReducedMotion } from "./reduced_motion.ts";
import { Subscription } from "./subscription.ts";
import { jupyterBase, transportCandidates } from "./transport_candidates.ts";
import { Visibility } from "./visibility.ts";

const ADDRESS_TRAITS = ["url", "base_path", "host", "port", "stream", "token", "hub", "auto_transport"];
const WORKER_TRAITS = ["main_thread_present", "worker_url"];

declare global {
  interface Window {
    /** marimo sets it in exported pages, which have neither kernel nor server. */
    __MARIMO_STATIC__?: unknown;
  }
}

/** The banner shows it only after a few seconds. */
const AWAITING_TOKEN =
  "Waiting for the kernel to send the access token, which it does once no cell is running. If this persists, reload " +
  "the page or run the cell that made this view again.";

/** What the server must be capable of to answer a request. */
const CAPABILITIES: Partial<Record<ClientMessage["type"], string>> = {
  inspect: Capability.INSPECT,
  capture: Capability.CAPTURE,
  ask_histogram: Capability.CONTRAST,
};

/** A host that moves a view or rebuilds the page's layout has attached it again by then. */
const IDLE_TIMEOUT_MS = 5_000;

/** The connection of one widget model, shared by all its views. */
export class Link implements LinkHandle {
  readonly traits: Traits;
  readonly settings: Settings;
  readonly sharedTransform = new SharedTransform((seen) => this.settings.reportVisible(seen));
  readonly requests = new RequestTracker((message) => this.#request(message));
  readonly picture = new PictureState();
  readonly codec = new Observable("");
  readonly codecs = new Observable<readonly string[]>([]);
  readonly state = new Observable<ConnectionState>("connecting");
  readonly #liveStats = new Observable<LiveStats | undefined>(undefined);
  readonly #frames = new Observable(0);
  /** The server's capabilities beyond version 1 of the protocol. */
  #extras: readonly string[] = [];
  readonly #sendQueue: SendQueue<object>;
  readonly isStatic = window.__MARIMO_STATIC__ !== undefined;
  readonly #statusReporter: StatusReporter;
  readonly #valueSync: ValueSync;
  readonly #credential: Credential;
  readonly #disposal = new AbortController();
  readonly #visibility: Visibility;
  readonly #reducedMotion: ReducedMotion;
  readonly #subscription = new Subscription((message) => this.#send(message));
  readonly #views = new Set<View>();
  #decodeHost: DecodeHost | undefined;
  #isConnectDue = false;
  #presenter: Presenter | undefined;
  #linkState: LinkState = { state: "connecting", error: "", transport: undefined, why: "" };
  /** Why there is no worker; empty if there is one. */
  #noWorkerReason = "";
  /** The ids of the open connections over the kernel's comm. */
  readonly #commIds = new Set<string>();
  #notice: Notice | undefined;
  #cursor = "";
  #idleTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(model: Model) {
    const { signal } = this.#disposal;
    this.traits = new Traits(model);
    this.#sendQueue = customMessageQueue(model);
    this.#statusReporter = new StatusReporter(this.#sendQueue);
    this.settings = new Settings(this.traits, (choices) => this.#statusReporter.reportChoices(choices), signal);
    this.#valueSync = new ValueSync(model, this.traits, signal);
    const askToken = (): void => this.#sendQueue.post({ kind: "ask_token" });
    this.#credential = new Credential(this.traits, askToken, (isOther) => this.#onCredential(isOther), signal);
    this.#reducedMotion = new ReducedMotion(() => this.#updateSubscription(), signal);
    this.#visibility = new Visibility((visible) => this.#onVisibility(visible), signal);
    if (this.isStatic) {
      const error = "This page is a saved copy. Open the notebook to see the live picture.";
      this.#setState({ state: "closed", error, transport: undefined, why: "" });
      return;
    }
    const { obstacle, version } = this.traits;
    if (!this.canConnect) {
      const error = obstacle || pageSkew(VERSION, version);
      this.#setState({ state: obstacle === "" ? "error" : "closed", error, transport: undefined, why: error });
      return;
    }
    this.settings.paused.follow(() => this.#updateSubscription(), signal);
    this.settings.wantedCodec.follow(() => this.#selectCodec(), signal);
    this.traits.onChange(ADDRESS_TRAITS, () => this.#connectSoon(), signal);
    this.traits.onChange(WORKER_TRAITS, () => this.#rebuild(), signal);
    onCustomMessage(model, (content, buffers) => this.#onComm(content, buffers), signal);
    const wake = (): void => this.#decodeHost?.post({ type: "wake" });
    window.addEventListener("online", wake, { signal });
    document.addEventListener("visibilitychange", () => document.hidden || wake(), { signal });
    this.#rebuild();
    this.#stopWhenIdle();
  }

  /** Whether there can be a live picture. */
  get canConnect(): boolean {
    const { obstacle, version } = this.traits;
    return !this.isStatic && obstacle === "" && pageSkew(VERSION, version) === "";
  }

  get viewCount(): number {
    return this.#views.size;
  }

  attach(view: View): void {
    clearTimeout(this.#idleTimer);
    this.#views.add(view);
    if (this.#decodeHost === undefined && this.canConnect) this.#rebuild();
    else this.#presenter?.attach(view);
    this.#showOn(view);
    this.update();
  }

  detach(view: View): void {
    if (!this.#views.delete(view)) return;
    this.#presenter?.detach(view);
    this.update();
    if (this.#views.size === 0) this.#stopWhenIdle();
  }

  /** A view was resized, or came on screen or left it. */
  update(): void {
    this.#visibility.onScreen = [...this.#views].some((view) => view.onScreen);
    this.#updateSubscription();
  }

  /** The user asked to try again: reconnect now, whatever the state. */
  retry(): void {
    this.#credential.askAgain();
    this.#decodeHost?.post({ type: "retry" });
  }

  followStats(listener: (liveStats: LiveStats) => void, signal: AbortSignal): void {
    this.#liveStats.follow((liveStats) => liveStats && listener(liveStats), signal);
    this.#updateFollowing();
    signal.addEventListener("abort", () => this.#updateFollowing(), { once: true });
  }

  followFrames(listener: () => void, signal: AbortSignal): void {
    this.#frames.follow(listener, signal);
    this.#updateFollowing();
    signal.addEventListener("abort", () => this.#updateFollowing(), { once: true });
  }

  /** Events are dropped while disconnected: an old click must not arrive after a reconnect. */
  sendEvents(events: readonly InputEvent[]): void {
    if (this.#linkState.state !== "negotiated" || this.#decodeHost === undefined) return;
    const messages = events.map((event) => ({ type: "event" as const, event: { ...event } }));
    this.#decodeHost.post({ type: "send", messages });
    this.#valueSync.feed(events);
  }

  setContrast(message: SetContrast): void {
    if (this.#extras.includes(Capability.CONTRAST)) this.#send(message);
  }

  /** End the link while its model lives on, and report that to Python. */
  close(): void {
    this.#end();
    this.#statusReporter.reportState({ state: "closed", error: "", transport: undefined, why: "" });
  }

  /** End the link together with its model. It reports nothing, because Python's end of the model is gone. */
  dispose(): void {
    this.#commIds.clear();
    this.#end();
    this.#statusReporter.stop();
  }

  #end(): void {
    this.#disposal.abort();
    clearTimeout(this.#idleTimer);
    this.#stopDecodeHost();
    this.#views.clear();
  }

  /** Jupyter keeps the models of all earlier runs of a cell, so a link without views must disconnect. */
  #stopWhenIdle(): void {
    if (jupyterBase(document) !== "") this.#idleTimer = setTimeout(() => this.#stopDecodeHost(), IDLE_TIMEOUT_MS);
  }

  #rebuild(): void {
    this.#stopDecodeHost();
    this.#noWorkerReason = "";
    try {
      const receive = (message: FromWorker): void => this.#receive(message);
      const onFailure = (why: string, started: boolean): void => this.#onWorkerFailure(why, started);
      this.#start(new WorkerDecodeHost(this.traits.workerUrl, receive, onFailure));
    } catch (error) {
      this.#startOnPage(error instanceof Error ? error.message : String(error));
    }
  }

  #onWorkerFailure(why: string, started: boolean): void {
    if (started) this.#setState({ ...this.#linkState, error: `The worker that decodes the pictures failed: ${why}` });
    else this.#startOnPage(why);
  }

  /** Decode on the main thread, because no worker can run. */
  #startOnPage(why: string): void {
    this.#stopDecodeHost();
    this.#noWorkerReason = why;
    this.#start(new PageDecodeHost((message) => this.#receive(message)));
  }

  #start(decodeHost: DecodeHost): void {
    this.#decodeHost = decodeHost;
    this.#subscription.reset();
    this.#updateFollowing();
    this.#presenter = this.#makePresenter(decodeHost);
    for (const view of this.#views) this.#presenter.attach(view);
    this.#connect();
  }

  #makePresenter(decodeHost: DecodeHost): Presenter {
    if (this.traits.mainThreadPresent || decodeHost instanceof PageDecodeHost || !WorkerPresenter.isSupported()) {
      return new PagePresenter();
    }
    return new WorkerPresenter({
      add: (id, canvas, spare) => decodeHost.post({ type: "canvas", id, canvas, spare }, [canvas, spare]),
      remove: (id) => decodeHost.post({ type: "canvas_gone", id }),
    });
  }

  #stopDecodeHost(): void {
    this.#presenter = undefined;
    // The browser closes the socket of a terminated worker, but not a connection over the kernel's comm.
    this.#decodeHost?.terminate();
    this.#decodeHost = undefined;
    this.requests.cancelAll();
    for (const id of this.#commIds) this.#sendCommand(id, { say: "close" });
  }

  /** Coalesces changes: a new address and its ticket arrive together, but each has its own listener. */
  #connectSoon(): void {
    if (this.#isConnectDue) return;
    this.#isConnectDue = true;
    queueMicrotask(() => this.#isConnectDue && this.#connect());
  }

  #connect(): void {
    this.#isConnectDue = false;
    if (this.#decodeHost === undefined) return;
    this.#notice = undefined;
    // Even without an address: Python starts the server when a page reports that it is connecting.
    this.#setState({ state: "connecting", error: "", transport: undefined, why: "" });
    const { candidates, probeUrl } = transportCandidates(this.traits.address, {
      location: window.location,
      moduleUrl: import.meta.url,
      jupyterBase: jupyterBase(document),
    });
    const token = this.#credential.present();
    if (candidates.length === 0 || token === undefined) {
      this.#decodeHost.post({ type: "disconnect" });
      if (token === undefined) this.#awaitToken();
      return;
    }
    const target = {
      candidates,
      probeUrl,
      token,
      view: this.traits.viewId,
      version: VERSION,
      devicePixelRatio: window.devicePixelRatio,
    };
    this.#decodeHost.post({ type: "connect", target, offscreen: this.#presenter instanceof WorkerPresenter });
  }

  #awaitToken(): void {
    this.#setState({ state: "connecting", error: AWAITING_TOKEN, transport: undefined, why: "" });
  }

  #onCredential(isOther: boolean): void {
    if (isOther || this.state.value !== "negotiated") this.#connectSoon();
  }

  /** Not final: another transport may still accept the secret, because each proxy has its own reasons to reject it. */
  #onUnauthorized(): void {
    this.#credential.onRejected();
    if (this.#credential.isAwaited && this.state.value !== "negotiated") this.#awaitToken();
  }

  #receive(message: FromWorker): void {
    switch (message.type) {
      case "frame":
        return this.#onFrame(message);
      case "shape":
        if (this.#presenter instanceof WorkerPresenter) this.#presenter.reshape(message.shape);
        return;
      case "canvas_shown":
        if (this.#presenter instanceof WorkerPresenter) this.#presenter.show(message.id, message.isSpare);
        return;
      case "standing":
        // Failures do not count until the kernel has sent the token.
        if (this.#credential.isAwaited && message.standing.state !== "negotiated") return;
        return this.#setState(message.standing);
      case "refused":
        return this.#onUnauthorized();
      case "server":
        return this.#onServer(message.message);
      case "stats":
        return this.#statusReporter.reportStats(message.stats);
      case "gauges":
        this.#liveStats.value = message.gauges;
        return;
      case "painted":
        this.#frames.value += 1;
        return;
      case "captured":
        return this.requests.resolve(message.id, message);
      case "file":
        return this.#onFile(message);
      case "comm":
        return this.#sendCommand(message.id, message.message);
      default:
        return assertNever(message);
    }
  }

  /** Send a command over the kernel's comm. */
  #sendCommand(id: string, message: CommCommand): void {
    if (message.say === "open") this.#commIds.add(id);
    else if (message.say === "close") this.#commIds.delete(id);
    this.#sendQueue.post({ kind: "wire", id, ...message });
  }

  #onComm(content: unknown, buffers: readonly DataView[]): void {
    if (this.#credential.receive(content)) return;
    const message = parseCommMessage(content, buffers);
    if (message === undefined) return;
    if (message.type === "comm_closed") this.#commIds.delete(message.id);
    this.#decodeHost?.post(message);
  }

  #onFrame(frame: PageFrame): void {
    if (this.#presenter instanceof PagePresenter) this.#presenter.paint(frame);
    else for (const { bitmap } of frame.bitmaps) bitmap.close();
    this.#decodeHost?.post(frame.ticket);
    this.#frames.value += 1;
  }

  /** Saved once, however many views there are. */
  #onFile(file: SentFile): void {
    const views = [...this.#views];
    (views.find((view) => view.onScreen) ?? views[0])?.save(file);
  }

  #onServer(message: ServerMessage): void {
    if (this.picture.receive(message)) return;
    switch (message.type) {
      case "config":
        return this.#onConfig(message);
      case "notice":
        this.#notice = message.text === "" ? undefined : message;
        break;
      case "cursor":
        this.#cursor = message.css;
        break;
      case "clipboard":
        for (const view of this.#views) view.offer(message.text);
        return;
      case "pixels":
      case "histogram":
        return this.requests.resolve(message.id, message);
      case "unanswered":
        return this.requests.resolve(message.id, undefined);
      default:
        return;
    }
    for (const view of this.#views) this.#showOn(view);
  }

  #onConfig({ codec, transports = [], extras = [] }: Config): void {
    this.#extras = extras;
    this.codecs.value = transports;
    this.codec.value = codec ?? "";
    this.#selectCodec();
  }

  /** Switches on the open connection, without a reconnect. */
  #selectCodec(): void {
    const wanted = this.settings.wantedCodec.value || this.codecs.value[0];
    if (wanted === undefined || wanted === this.codec.value || !this.codecs.value.includes(wanted)) return;
    this.#send({ type: "select_transport", transport: wanted });
  }

  #request(message: ClientMessage): boolean {
    const capability = CAPABILITIES[message.type];
    if (this.#decodeHost === undefined || this.state.value !== "negotiated") return false;
    if (capability === undefined || !this.#extras.includes(capability)) return false;
    this.#send(message);
    return true;
  }

  #updateFollowing(): void {
    this.#decodeHost?.post({ type: "watch", watching: this.#liveStats.isFollowed });
    this.#decodeHost?.post({ type: "follow", following: this.#frames.isFollowed });
    this.#updateSubscription();
  }

  #setState(linkState: LinkState): void {
    const why = [linkState.why, this.#noWorkerReason].filter((text) => text !== "").join(" ");
    this.#linkState = { ...linkState, why };
    this.#statusReporter.reportState(this.#linkState);
    this.state.value = linkState.state;
    if (linkState.state !== "negotiated") {
      this.requests.cancelAll();
      this.picture.reset();
    }
    for (const view of this.#views) this.#showOn(view);
  }

  #showOn(view: View): void {
    view.show({ ...this.#linkState, notice: this.#notice, cursor: this.#cursor });
  }

  #onVisibility(visible: boolean): void {
    if (this.traits.interactive) this.sendEvents([{ type: visible ? "show" : "hide", timestamp: Date.now() / 1000 }]);
    this.#updateSubscription();
  }

  /**
   * Subscribe to frames while a view is visible and not paused. A recording keeps them coming when its view is scrolled
   * off screen.
   */
  #updateSubscription(): void {
    const isRecorded = this.#frames.isFollowed && !document.hidden;
    this.#subscription.wantsFrames = (this.#visibility.visible || isRecorded) && !this.settings.paused.value;
    this.#subscription.maxFps = this.#reducedMotion.maxFps;
    this.#subscription.requestSize([...this.#views].flatMap((view) => (view.onScreen ? (view.shownSize ?? []) : [])));
  }

  #send(message: ClientMessage): void {
    this.#decodeHost?.post({ type: "send", messages: [message] });
  }
}
