import type { ConnectionState, LinkState, LinkStats } from "../wire/worker_messages.ts";
import type { SendQueue } from "./send_queue.ts";
import type { Choices } from "./settings.ts";

/**
 * A lost socket often means that the whole server shuts down, and marimo's server logs a traceback for a request that
 * it gets while it does. So losses are reported only after a second.
 */
const LOSSES: ReadonlySet<ConnectionState> = new Set(["reconnecting", "closed"]);
const LOSS_GRACE_MS = 1000;

/**
 * Reports the state of the link to Python as custom messages.
 *
 * Never by `save_changes`: a trait written from the page re-runs the cells that read the element.
 */
export class StatusReporter {
  readonly #sendQueue: SendQueue<object>;
  #sentState: Readonly<Record<string, string>> = {};
  #sentStats = "";
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(sendQueue: SendQueue<object>) {
    this.#sendQueue = sendQueue;
  }

  reportState(linkState: LinkState): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (!LOSSES.has(linkState.state)) return this.#sendState(linkState);
    this.#timer = setTimeout(() => this.#sendState(linkState), LOSS_GRACE_MS);
  }

  /** Stop reporting, because Python's end of the model is gone. */
  stop(): void {
    clearTimeout(this.#timer);
  }

  /** Report the user's choices. */
  reportChoices(choices: Choices): void {
    this.#send({ choices });
  }

  /** The worker sends these at most once a second. */
  reportStats(stats: LinkStats): void {
    const text = JSON.stringify(stats);
    if (text === this.#sentStats) return;
    this.#sentStats = text;
    this.#send({ stats });
  }

  #sendState({ state, error, transport, why }: LinkState): void {
    const all = { state, last_error: error, transport: transport ?? "", why };
    const changes = Object.entries(all).filter(([name, value]) => value !== (this.#sentState[name] ?? ""));
    this.#sentState = all;
    if (changes.length > 0) this.#send(Object.fromEntries(changes));
  }

  #send(changes: object): void {
    this.#sendQueue.post({ kind: "report", ...changes });
  }
}
