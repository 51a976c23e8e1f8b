import { Attention } from "./visibility.ts";
import type { Engine } from "./decode_host.ts";
import { PageEngine, WorkerEngine } from "./decode_host.ts";
import { parseComm } from "../host/comm_messages.ts";
import { Credential } from "./credential.ts";
import { Demand } from "./subscription.ts";
import { assertNever } from "../flow/assert_never.ts";
import type { InputEvent } from "../flow/event_merge.ts";
import { Observable } from "../flow/observable.ts";
import { pageSkew } from "../flow/version_skew.ts";
import { VERSION } from "../flow/version.ts";
import { LastEvent } from "../host/value_sync.ts";
import type { Model } from "../host/model.ts";
import { onCustomMessage } from "../host/model.ts";
import type { Outbox } from "../host/send_queue.ts";
import { customMessageQueue } from "../host/send_queue.ts";
import { ReducedMotion } from "./reduced_motion.ts";
import { Report } from "../host/status_reporter.ts";
import { Requests } from "../host/request_tracker.ts";
import { Settings } from "../host/settings.ts";
import { Traits } from "../host/traits.ts";
import type { PageFrame } from "../view/page_presenter.ts";
import { PagePicture } from "../view/page_presenter.ts";
import type { Picture } from "../view/presenter.ts";
import { Sight } from "../view/shared_transform.ts";
import type { LinkHandle } from "../view/link_handle.ts";
import type { View } from "../view/view.ts";
import { WorkerPicture } from "../view/worker_presenter.ts";
import { jupyterBase, waysOf } from "./transport_candidates.ts";
import type { ClientMessage, Config, Notice, ServerMessage } from "../wire/messages.ts";
import { Capability } from "../wire/messages.ts";
import type { CommSay, FromWorker, Gauges, Standing, State } from "../wire/worker_messages.ts";

const ADDRESS_TRAITS = ["url", "base_path", "host", "port", "stream", "token", "hub", "finds_way"];
const WORKER_TRAITS = ["main_thread_present", "image_only", "worker_url"];

declare global {
  interface Window {
    /** marimo sets it in a page that was exported: there is no kernel and no server. */
    __MARIMO_STATIC__?: unknown;
  }
}

/** Shown only when it lasts. */
const AWAITED =
  "The kernel is asked to let this page in, and answers when no cell runs; if this stays, reload the page, or run the " +
  "cell that made this view again.";

/** A host that moves a view, or lays a page out anew, has put it back by then. */
const REST_AFTER_MS = 5_000;

/** The connection of one widget model, shared by all its views. */
export class Link implements LinkHandle {
  readonly traits: Traits;
  readonly settings: Settings;
  readonly sight = new Sight((seen) => this.settings.sees(seen));
  readonly requests = new Requests((message) => this.#request(message));
  readonly codec = new Observable("");
  readonly codecs = new Observable<readonly string[]>([]);
  readonly state = new Observable<State>("connecting");
  readonly #gauges = new Observable<Gauges | undefined>(undefined);
  readonly #frames = new Observable(0);
  /** What the server can beyond the first version of the protocol. */
  #extras: readonly string[] = [];
  readonly #sendQueue: Outbox<object>;
  readonly isStatic = window.__MARIMO_STATIC__ !== undefined;
  readonly #report: Report;
  readonly #lastEvent: LastEvent;
  readonly #credential: Credential;
  readonly #disposal = new AbortController();
  readonly #attention: Attention;
  readonly #reducedMotion: ReducedMotion;
  readonly #demand = new Demand((message) => this.#send(message));
  readonly #views = new Set<View>();
  #engine: Engine | undefined;
  #isConnectDue = false;
  #picture: Picture | undefined;
  #standing: Standing = { state: "connecting", error: "", rung: undefined, why: "" };
  /** Why there is no worker; empty where there is one. */
  #noWorker = "";
  /** The connections that go by the kernel's channel. */
  readonly #lines = new Set<string>();
  #notice: Notice | undefined;
  #cursor = "";
  #restTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(model: Model) {
    const { signal } = this.#disposal;
    this.traits = new Traits(model);
    this.#sendQueue = customMessageQueue(model);
    this.#report = new Report(this.#sendQueue);
    this.settings = new Settings(this.traits, (choices) => this.#report.choices(choices), signal);
    this.#lastEvent = new LastEvent(model, this.traits, signal);
    const askToken = (): void => this.#sendQueue.post({ kind: "ask_token" });
    this.#credential = new Credential(this.traits, askToken, (isOther) => this.#onCredential(isOther), signal);
    this.#reducedMotion = new ReducedMotion(() => this.#updateDemand(), signal);
    this.#attention = new Attention((visible) => this.#onAttention(visible), signal);
    if (this.isStatic) {
      const error = "This is a saved copy of the page; the live picture is in the notebook.";
      this.#stand({ state: "closed", error, rung: undefined, why: "" });
      return;
    }
    const { obstacle, version } = this.traits;
    if (!this.canConnect) {
      const error = obstacle || pageSkew(VERSION, version);
      this.#stand({ state: obstacle === "" ? "error" : "closed", error, rung: undefined, why: error });
      return;
    }
    this.settings.paused.follow(() => this.#updateDemand(), signal);
    this.settings.wantedCodec.follow(() => this.#selectCodec(), signal);
    this.traits.onChange(ADDRESS_TRAITS, () => this.#connectSoon(), signal);
    this.traits.onChange(WORKER_TRAITS, () => this.#rebuild(), signal);
    onCustomMessage(model, (content, buffers) => this.#onComm(content, buffers), signal);
    const wake = (): void => this.#engine?.post({ type: "wake" });
    window.addEventListener("online", wake, { signal });
    document.addEventListener("visibilitychange", () => document.hidden || wake(), { signal });
    this.#rebuild();
    this.#restSoon();
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
    clearTimeout(this.#restTimer);
    this.#views.add(view);
    if (this.#engine === undefined && this.canConnect) this.#rebuild();
    else this.#picture?.attach(view);
    this.#showOn(view);
    this.update();
  }

  detach(view: View): void {
    if (!this.#views.delete(view)) return;
    this.#picture?.detach(view);
    this.update();
    if (this.#views.size === 0) this.#restSoon();
  }

  /** A view was resized, or came on screen or left it. */
  update(): void {
    this.#attention.onScreen = [...this.#views].some((view) => view.onScreen);
    this.#updateDemand();
  }

  /** Somebody wants to see the picture now, whatever keeps it away. */
  retry(): void {
    this.#credential.askAgain();
    this.#engine?.post({ type: "retry" });
  }

  watch(listener: (gauges: Gauges) => void, signal: AbortSignal): void {
    this.#gauges.follow((gauges) => gauges && listener(gauges), signal);
    this.#tellFollowing();
    signal.addEventListener("abort", () => this.#tellFollowing(), { once: true });
  }

  followFrames(listener: () => void, signal: AbortSignal): void {
    this.#frames.follow(listener, signal);
    this.#tellFollowing();
    signal.addEventListener("abort", () => this.#tellFollowing(), { once: true });
  }

  /** Events go nowhere while nobody listens: a click of a minute ago must not arrive after a reconnect. */
  sendEvents(events: readonly InputEvent[]): void {
    if (this.#standing.state !== "negotiated" || this.#engine === undefined) return;
    const messages = events.map((event) => ({ type: "event" as const, event: { ...event } }));
    this.#engine.post({ type: "send", messages });
    this.#lastEvent.feed(events);
  }

  /** End the link of a model that lives on, and tell Python so. */
  close(): void {
    this.#end();
    this.#report.standing({ state: "closed", error: "", rung: undefined, why: "" });
  }

  /** End the link with its model. Nothing is reported: the other end of the model is gone. */
  dispose(): void {
    this.#lines.clear();
    this.#end();
    this.#report.stop();
  }

  #end(): void {
    this.#disposal.abort();
    clearTimeout(this.#restTimer);
    this.#stopEngine();
    this.#views.clear();
  }

  /** Jupyter keeps the model of a cell that ran again, and those of every time it ran before. */
  #restSoon(): void {
    if (jupyterBase(document) !== "") this.#restTimer = setTimeout(() => this.#stopEngine(), REST_AFTER_MS);
  }

  #rebuild(): void {
    this.#stopEngine();
    this.#noWorker = "";
    try {
      const receive = (message: FromWorker): void => this.#receive(message);
      const onFailure = (why: string, started: boolean): void => this.#onWorkerFailure(why, started);
      this.#run(new WorkerEngine(this.traits.workerUrl, receive, onFailure));
    } catch (error) {
      this.#runHere(error instanceof Error ? error.message : String(error));
    }
  }

  #onWorkerFailure(why: string, started: boolean): void {
    if (started) this.#stand({ ...this.#standing, error: `The worker that receives the pictures failed: ${why}` });
    else this.#runHere(why);
  }

  /** Do a worker's work on this thread, because there can be none. */
  #runHere(why: string): void {
    this.#stopEngine();
    this.#noWorker = why;
    this.#run(new PageEngine((message) => this.#receive(message)));
  }

  #run(engine: Engine): void {
    this.#engine = engine;
    this.#demand.reset();
    this.#tellFollowing();
    this.#picture = this.#makePicture(engine);
    for (const view of this.#views) this.#picture.attach(view);
    this.#connect();
  }

  #makePicture(engine: Engine): Picture {
    if (this.traits.mainThreadPresent || engine instanceof PageEngine || !WorkerPicture.isSupported()) {
      return new PagePicture();
    }
    return new WorkerPicture({
      give: (id, canvas) => engine.post({ type: "canvas", id, canvas }, [canvas]),
      take: (id) => engine.post({ type: "canvas_gone", id }),
    });
  }

  #stopEngine(): void {
    this.#picture = undefined;
    // The browser closes the socket of a terminated worker, but nobody what goes by the kernel's channel.
    this.#engine?.terminate();
    this.#engine = undefined;
    this.requests.abandon();
    for (const id of this.#lines) this.#say(id, { say: "close" });
  }

  /** Once for all that changed at the same time: an address comes with the ticket that opens it, each to a listener. */
  #connectSoon(): void {
    if (this.#isConnectDue) return;
    this.#isConnectDue = true;
    queueMicrotask(() => this.#isConnectDue && this.#connect());
  }

  #connect(): void {
    this.#isConnectDue = false;
    if (this.#engine === undefined) return;
    this.#notice = undefined;
    // Without an address this report tells Python that a page waits for a server.
    this.#stand({ state: "connecting", error: "", rung: undefined, why: "" });
    const { ways, probeUrl } = waysOf(this.traits.address, {
      location: window.location,
      moduleUrl: import.meta.url,
      jupyterBase: jupyterBase(document),
    });
    const token = this.#credential.show();
    if (ways.length === 0 || token === undefined) {
      this.#engine.post({ type: "disconnect" });
      if (token === undefined) this.#await();
      return;
    }
    const target = { ways, probeUrl, token, version: VERSION, devicePixelRatio: window.devicePixelRatio };
    this.#engine.post({ type: "connect", target, offscreen: this.#picture instanceof WorkerPicture });
  }

  #await(): void {
    this.#stand({ state: "connecting", error: AWAITED, rung: undefined, why: "" });
  }

  #onCredential(isOther: boolean): void {
    if (isOther || this.state.value !== "negotiated") this.#connectSoon();
  }

  /** By another way it may be taken: each of the servers on the way says no for reasons of its own. */
  #onRefused(): void {
    this.#credential.refuse();
    if (this.#credential.isAwaited && this.state.value !== "negotiated") this.#await();
  }

  #receive(message: FromWorker): void {
    switch (message.type) {
      case "frame":
        return this.#onFrame(message);
      case "shape":
        if (this.#picture instanceof WorkerPicture) this.#picture.reshape(message.shape);
        return;
      case "standing":
        // Before the kernel has answered, it is not known that they were in vain.
        if (this.#credential.isAwaited && message.standing.state !== "negotiated") return;
        return this.#stand(message.standing);
      case "refused":
        return this.#onRefused();
      case "server":
        return this.#onServer(message.message);
      case "stats":
        return this.#report.stats(message.stats);
      case "gauges":
        this.#gauges.value = message.gauges;
        return;
      case "painted":
        this.#frames.value += 1;
        return;
      case "captured":
        return this.requests.answer(message.id, message);
      case "comm":
        return this.#say(message.id, message.message);
      default:
        return assertNever(message);
    }
  }

  /** Hand on what goes by the kernel's channel. */
  #say(id: string, message: CommSay): void {
    if (message.say === "open") this.#lines.add(id);
    else if (message.say === "close") this.#lines.delete(id);
    this.#sendQueue.post({ kind: "wire", id, ...message });
  }

  #onComm(content: unknown, buffers: readonly DataView[]): void {
    if (this.#credential.take(content)) return;
    const said = parseComm(content, buffers);
    if (said === undefined) return;
    if (said.type === "comm_closed") this.#lines.delete(said.id);
    this.#engine?.post(said);
  }

  #onFrame(frame: PageFrame): void {
    if (this.#picture instanceof PagePicture) this.#picture.paint(frame);
    else frame.bitmap.close();
    this.#engine?.post(frame.ticket);
    this.#frames.value += 1;
  }

  #onServer(message: ServerMessage): void {
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
        return this.requests.answer(message.id, message);
      case "unanswered":
        return this.requests.answer(message.id, undefined);
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

  /** On the same connection: nothing is interrupted. */
  #selectCodec(): void {
    const wanted = this.settings.wantedCodec.value || this.codecs.value[0];
    if (wanted === undefined || wanted === this.codec.value || !this.codecs.value.includes(wanted)) return;
    this.#send({ type: "select_transport", transport: wanted });
  }

  #request(message: ClientMessage): boolean {
    const capability = message.type === "capture" ? Capability.CAPTURE : Capability.INSPECT;
    if (this.#engine === undefined || this.state.value !== "negotiated") return false;
    if (!this.#extras.includes(capability)) return false;
    this.#send(message);
    return true;
  }

  #tellFollowing(): void {
    this.#engine?.post({ type: "watch", watching: this.#gauges.isFollowed });
    this.#engine?.post({ type: "follow", following: this.#frames.isFollowed });
    this.#updateDemand();
  }

  #stand(standing: Standing): void {
    const why = [standing.why, this.#noWorker].filter((text) => text !== "").join(" ");
    this.#standing = { ...standing, why };
    this.#report.standing(this.#standing);
    this.state.value = standing.state;
    if (standing.state !== "negotiated") this.requests.abandon();
    for (const view of this.#views) this.#showOn(view);
  }

  #showOn(view: View): void {
    view.show({ ...this.#standing, notice: this.#notice, cursor: this.#cursor });
  }

  #onAttention(visible: boolean): void {
    if (this.traits.interactive) this.sendEvents([{ type: visible ? "show" : "hide", timestamp: Date.now() / 1000 }]);
    this.#updateDemand();
  }

  /**
   * Frames are wanted where somebody sees them. A picture that is held needs none; one that is recorded does, when its
   * view was scrolled away too.
   */
  #updateDemand(): void {
    const isRecorded = this.#frames.isFollowed && !document.hidden;
    this.#demand.isWanted = (this.#attention.visible || isRecorded) && !this.settings.paused.value;
    this.#demand.mostFps = this.#reducedMotion.mostFps;
    this.#demand.fit([...this.#views].flatMap((view) => (view.onScreen ? (view.shownSize ?? []) : [])));
  }

  #send(message: ClientMessage): void {
    this.#engine?.post({ type: "send", messages: [message] });
  }
}
