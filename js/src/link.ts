import { Attention } from "./attention.ts";
import { assertNever } from "./flow/assert_never.ts";
import type { InputEvent } from "./flow/merge.ts";
import { LastEvent } from "./last_event.ts";
import type { Model } from "./model.ts";
import { Report } from "./report.ts";
import { resolveUrl } from "./resolve_url.ts";
import { Traits } from "./traits.ts";
import type { PageFrame } from "./view/page_picture.ts";
import { PagePicture } from "./view/page_picture.ts";
import type { Picture } from "./view/picture.ts";
import type { View } from "./view/view.ts";
import { WorkerPicture } from "./view/worker_picture.ts";
import type { Notice, ServerMessage, SetViewport } from "./wire/messages.ts";
import type { FromWorker, State } from "./wire/port.ts";
import { WorkerPort } from "./worker_port.ts";

const ADDRESS_TRAITS = ["url", "base_path", "host", "port", "stream", "token"];
const WORKER_TRAITS = ["main_thread_present", "image_only", "worker_url"];

declare global {
  interface Window {
    /** marimo sets it in a page that was exported: there is no kernel and no server. */
    __MARIMO_STATIC__?: unknown;
  }
}

/** The worker and the socket of one widget model, shared by all its views. */
export class Link {
  readonly traits: Traits;
  readonly isStatic = window.__MARIMO_STATIC__ !== undefined;
  readonly #report: Report;
  readonly #lastEvent: LastEvent;
  readonly #disposal = new AbortController();
  readonly #attention: Attention;
  readonly #views = new Set<View>();
  #worker: WorkerPort | undefined;
  #picture: Picture | undefined;
  #state: State = "connecting";
  #error = "";
  #notice: Notice | undefined;
  #cursor = "";
  #viewport = "";

  constructor(model: Model) {
    const { signal } = this.#disposal;
    this.traits = new Traits(model);
    this.#report = new Report(model);
    this.#lastEvent = new LastEvent(model, this.traits, signal);
    this.#attention = new Attention((visible) => this.#onAttention(visible), signal);
    if (this.isStatic) {
      this.#setState("closed", "This is a saved copy of the page; the live picture is in the notebook.");
      return;
    }
    this.traits.onChange(ADDRESS_TRAITS, () => this.#connect(), signal);
    this.traits.onChange(WORKER_TRAITS, () => this.#rebuild(), signal);
    const wake = (): void => this.#worker?.post({ type: "wake" });
    window.addEventListener("online", wake, { signal });
    document.addEventListener("visibilitychange", () => document.hidden || wake(), { signal });
    this.#rebuild();
  }

  get viewCount(): number {
    return this.#views.size;
  }

  attach(view: View): void {
    this.#views.add(view);
    this.#picture?.attach(view);
    this.#showOn(view);
    this.update();
  }

  detach(view: View): void {
    if (!this.#views.delete(view)) return;
    this.#picture?.detach(view);
    this.update();
  }

  /** A view was resized, or came on screen or left it. */
  update(): void {
    this.#attention.onScreen = [...this.#views].some((view) => view.onScreen);
    this.#sendViewport();
  }

  /** Events go nowhere while nobody listens: a click of a minute ago must not arrive after a reconnect. */
  sendEvents(events: readonly InputEvent[]): void {
    if (this.#state !== "negotiated" || this.#worker === undefined) return;
    const messages = events.map((event) => ({ type: "event" as const, event: { ...event } }));
    this.#worker.post({ type: "send", messages });
    this.#lastEvent.feed(events);
  }

  /** End the link of a model that lives on, and tell Python so. */
  close(): void {
    this.#end();
    this.#report.state("closed", "");
  }

  /** End the link with its model. Nothing is reported: the other end of the model is gone. */
  dispose(): void {
    this.#end();
    this.#report.stop();
  }

  #end(): void {
    this.#disposal.abort();
    this.#stopWorker();
    this.#views.clear();
  }

  #rebuild(): void {
    this.#stopWorker();
    try {
      this.#worker = new WorkerPort(
        this.traits.workerUrl,
        (message) => this.#receive(message),
        (why, started) => this.#onWorkerFailure(why, started),
      );
    } catch (error) {
      this.#setState("error", error instanceof Error ? error.message : String(error));
      return;
    }
    this.#picture = this.#makePicture(this.#worker);
    for (const view of this.#views) this.#picture.attach(view);
    this.#connect();
  }

  #onWorkerFailure(why: string, started: boolean): void {
    if (!started) this.#stopWorker();
    this.#setState(started ? this.#state : "error", why);
  }

  #makePicture(worker: WorkerPort): Picture {
    if (this.traits.mainThreadPresent || !WorkerPicture.isSupported()) {
      return new PagePicture();
    }
    return new WorkerPicture({
      give: (id, canvas) => worker.post({ type: "canvas", id, canvas }, [canvas]),
      take: (id) => worker.post({ type: "canvas_gone", id }),
    });
  }

  #stopWorker(): void {
    this.#picture = undefined;
    // The browser closes the socket of a terminated worker.
    this.#worker?.terminate();
    this.#worker = undefined;
  }

  #connect(): void {
    if (this.#worker === undefined) return;
    this.#notice = undefined;
    // Without an address this report tells Python that a page waits for a server.
    this.#setState("connecting", "");
    const url = resolveUrl(this.traits.address, window.location);
    if (url === undefined) {
      this.#worker.post({ type: "disconnect" });
      return;
    }
    const target = { url, token: this.traits.token, devicePixelRatio: window.devicePixelRatio };
    this.#worker.post({ type: "connect", target, offscreen: this.#picture instanceof WorkerPicture });
    if (!this.#attention.visible) this.#sendVisibility(false);
    this.#viewport = "";
    this.#sendViewport();
  }

  #receive(message: FromWorker): void {
    switch (message.type) {
      case "frame":
        return this.#onFrame(message);
      case "shape":
        if (this.#picture instanceof WorkerPicture) this.#picture.reshape(message.shape);
        return;
      case "state":
        return this.#setState(message.state, message.error);
      case "server":
        return this.#onServer(message.message);
      case "stats":
        return this.#report.stats(message.stats);
      default:
        return assertNever(message);
    }
  }

  #onFrame(frame: PageFrame): void {
    if (this.#picture instanceof PagePicture) this.#picture.paint(frame);
    else frame.bitmap.close();
    this.#worker?.post(frame.ticket);
  }

  #onServer(message: ServerMessage): void {
    if (message.type === "notice") {
      this.#notice = message.text === "" ? undefined : message;
    } else if (message.type === "cursor") {
      this.#cursor = message.css;
    } else {
      return;
    }
    for (const view of this.#views) this.#showOn(view);
  }

  #setState(state: State, error: string): void {
    this.#state = state;
    this.#error = error;
    this.#report.state(state, error);
    for (const view of this.#views) this.#showOn(view);
  }

  #showOn(view: View): void {
    view.show({ state: this.#state, error: this.#error, notice: this.#notice, cursor: this.#cursor });
  }

  #onAttention(visible: boolean): void {
    if (this.traits.interactive) this.sendEvents([{ type: visible ? "show" : "hide", timestamp: Date.now() / 1000 }]);
    this.#sendVisibility(visible);
  }

  #sendVisibility(visible: boolean): void {
    this.#worker?.post({ type: "send", messages: [{ type: "visibility", visible }] });
  }

  /** The server renders one size for all views of a link: that of the largest one on screen. */
  #sendViewport(): void {
    let largest: SetViewport | undefined;
    for (const view of this.#views) {
      const viewport = view.onScreen ? view.viewport : undefined;
      if (viewport !== undefined && (largest === undefined || areaOf(viewport) > areaOf(largest))) largest = viewport;
    }
    const text = JSON.stringify(largest);
    if (largest === undefined || text === this.#viewport) return;
    this.#viewport = text;
    this.#worker?.post({ type: "send", messages: [largest] });
  }
}

function areaOf({ pwidth, pheight }: SetViewport): number {
  return pwidth * pheight;
}
