import type { Model } from "./model.ts";
import { sendToPython } from "./model.ts";

/** Custom messages that may go together. */
const MAX_MESSAGES_AT_ONCE = 100;

/** A send that is never confirmed must not block what comes after it. */
const SEND_TIMEOUT_MS = 5_000;

/**
 * Sends items to Python in the order in which they were posted.
 *
 * marimo sends each item by a request of its own, and requests overtake one another: a button would be released before it
 * is pressed. So each waits until those before are sent, and those that wait may go together.
 */
export class SendQueue<T> {
  readonly #sendItems: (items: readonly T[]) => unknown;
  readonly #maxBatch: number;
  readonly #maxQueued: number;
  readonly #queued: T[] = [];
  #isSending = false;
  #lastFailure = "";

  /**
   * `send` may return a promise that resolves when the items are sent. At most `maxBatch` go together; beyond `maxQueued`
   * the oldest are dropped.
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

  /** Once: after a restart of Jupyter's kernel a page goes on sending to the one that is gone. */
  #warn(error: unknown): void {
    const failure = String(error);
    if (failure === this.#lastFailure) return;
    this.#lastFailure = failure;
    console.warn("marimo-rfb: could not report to Python", error);
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

/** A queue of custom messages to Python. Those that had to wait go together, as one message of kind `several`. */
export function customMessageQueue(model: Model): SendQueue<object> {
  return new SendQueue(([first, ...others]) => {
    return model.send(others.length === 0 ? first : { kind: "several", messages: [first, ...others] });
  }, MAX_MESSAGES_AT_ONCE);
}
