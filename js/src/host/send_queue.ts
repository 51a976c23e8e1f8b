import type { Model } from "./model.ts";
import { sendToPython } from "./model.ts";

/** How many custom messages one batch may hold. */
const MAX_MESSAGES_AT_ONCE = 100;

/** A send that is never confirmed must not block the queue. */
const SEND_TIMEOUT_MS = 5_000;

/**
 * Sends items to Python in the order in which they were posted.
 *
 * marimo makes one HTTP request for each send, and requests can overtake one another: a button could be released before
 * it is pressed. So each send waits for the one before, and the items that queue up meanwhile form a batch.
 */
export class SendQueue<T> {
  readonly #sendItems: (items: readonly T[]) => unknown;
  readonly #maxBatch: number;
  readonly #maxQueued: number;
  readonly #queued: T[] = [];
  #isSending = false;
  #lastFailure = "";

  /**
   * `send` may return a promise that resolves when the items are sent. A batch holds at most `maxBatch` items; a queue
   * longer than `maxQueued` drops its oldest.
   */
  constructor(send: (items: readonly T[]) => unknown, maxBatch: number, maxQueued = Infinity) {
    this.#sendItems = send;
    this.#maxBatch = maxBatch;
    this.#maxQueued = maxQueued;
  }

  post(item: T): void {
    this.#queued.push(item);
    if (this.#queued.length > this.#maxQueued) this.#queued.shift();
    if (!this.#isSending) this.#send();
  }

  #send(): void {
    while (this.#queued.length > 0) {
      const items = this.#queued.splice(0, this.#maxBatch);
      let sent: unknown;
      sendToPython(
        () => (sent = this.#sendItems(items)),
        (error) => this.#warn(error),
      );
      if (sent instanceof Promise) return this.#sendAfter(sent);
    }
  }

  /** Warn once for each error: after a restart of Jupyter's kernel, every send to the old one fails. */
  #warn(error: unknown): void {
    const failure = String(error);
    if (failure === this.#lastFailure) return;
    this.#lastFailure = failure;
    console.warn("marimo-rfb: could not send to Python", error);
  }

  #sendAfter(sent: Promise<unknown>): void {
    this.#isSending = true;
    let isDone = false;
    const sendNext = (): void => {
      if (isDone) return;
      isDone = true;
      clearTimeout(timer);
      this.#isSending = false;
      this.#send();
    };
    const timer = setTimeout(sendNext, SEND_TIMEOUT_MS);
    sent.then(sendNext, sendNext);
  }
}

/** A queue of custom messages to Python. A batch is sent as one message of kind `several`. */
export function customMessageQueue(model: Model): SendQueue<object> {
  return new SendQueue(([first, ...others]) => {
    return model.send(others.length === 0 ? first : { kind: "several", messages: [first, ...others] });
  }, MAX_MESSAGES_AT_ONCE);
}
