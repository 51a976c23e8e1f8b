import type { Outbox } from "./send_queue.ts";
import type { Choices } from "./settings.ts";
import type { LinkStats, Standing, State } from "../wire/worker_messages.ts";

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
  readonly #sendQueue: Outbox<object>;
  #told: Readonly<Record<string, string>> = {};
  #stats = "";
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(sendQueue: Outbox<object>) {
    this.#sendQueue = sendQueue;
  }

  standing(standing: Standing): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (!LOSSES.has(standing.state)) return this.#tell(standing);
    this.#timer = setTimeout(() => this.#tell(standing), LOSS_GRACE_MS);
  }

  /** Say nothing more: the other end of the model is gone. */
  stop(): void {
    clearTimeout(this.#timer);
  }

  /** Tell what a person chose. */
  choices(choices: Choices): void {
    this.#send({ choices });
  }

  /** The worker sends these at most once a second. */
  stats(stats: LinkStats): void {
    const text = JSON.stringify(stats);
    if (text === this.#stats) return;
    this.#stats = text;
    this.#send({ stats });
  }

  #tell({ state, error, rung, why }: Standing): void {
    const all = { state, last_error: error, transport: rung ?? "", why };
    const news = Object.entries(all).filter(([name, value]) => value !== (this.#told[name] ?? ""));
    this.#told = all;
    if (news.length > 0) this.#send(Object.fromEntries(news));
  }

  #send(news: object): void {
    this.#sendQueue.post({ kind: "report", ...news });
  }
}
