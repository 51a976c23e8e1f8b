import type { Model } from "./model.ts";
import { tellPython } from "./model.ts";
import type { LinkStats, State } from "./wire/port.ts";

/**
 * A socket that is lost is often the whole server going down, and marimo's, asked in its last moments, answers with a
 * traceback in the log. A loss that lasts is worth telling a second later too.
 */
const LOSSES: ReadonlySet<State> = new Set(["reconnecting", "closed"]);
const LOSS_GRACE_MS = 1000;

/**
 * Tells Python how the link is, by custom message.
 *
 * Never by `save_changes`: a trait written from the page re-runs the cells that read the element.
 */
export class Report {
  readonly #model: Model;
  #state: State | undefined;
  #error = "";
  #stats = "";
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(model: Model) {
    this.#model = model;
  }

  state(state: State, error: string): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (!LOSSES.has(state)) return this.#tell(state, error);
    this.#timer = setTimeout(() => this.#tell(state, error), LOSS_GRACE_MS);
  }

  /** Say nothing more: the other end of the model is gone. */
  stop(): void {
    clearTimeout(this.#timer);
  }

  /** The worker sends these at most once a second. */
  stats(stats: LinkStats): void {
    const text = JSON.stringify(stats);
    if (text === this.#stats) return;
    this.#stats = text;
    this.#send({ stats });
  }

  #tell(state: State, error: string): void {
    const news: { state?: State; last_error?: string } = {};
    if (state !== this.#state) news.state = state;
    if (error !== this.#error) news.last_error = error;
    this.#state = state;
    this.#error = error;
    if (Object.keys(news).length > 0) this.#send(news);
  }

  #send(news: object): void {
    tellPython(() => this.#model.send({ kind: "report", ...news }));
  }
}
