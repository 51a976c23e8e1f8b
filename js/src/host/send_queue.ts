import type { Model } from "./model.ts";
import { tellPython } from "./model.ts";

/** Custom messages that may go together. */
const MAX_MESSAGES_AT_ONCE = 100;

/** Who never says whether something has gone must not keep back what comes after it. */
const GONE_WITHIN_MS = 5_000;

/**
 * Says things to Python in the order in which they were posted.
 *
 * marimo sends each thing by a request of its own, and requests overtake one another: a button would be let go before it
 * is pressed. So each waits until those before have gone, and those that wait may go together.
 */
export class Outbox<T> {
  readonly #say: (items: readonly T[]) => unknown;
  readonly #mostAtOnce: number;
  readonly #mostWaiting: number;
  readonly #waiting: T[] = [];
  #isSending = false;
  #lastFailure = "";

  /**
   * `say` may return a promise that is done when the items have gone. `mostAtOnce` go together; beyond `mostWaiting` the
   * oldest are dropped.
   */
  constructor(say: (items: readonly T[]) => unknown, mostAtOnce: number, mostWaiting = Infinity) {
    this.#say = say;
    this.#mostAtOnce = mostAtOnce;
    this.#mostWaiting = mostWaiting;
  }

  post(item: T): void {
    this.#waiting.push(item);
    if (this.#waiting.length > this.#mostWaiting) this.#waiting.shift();
    if (!this.#isSending) this.#send();
  }

  #send(): void {
    while (this.#waiting.length > 0) {
      const items = this.#waiting.splice(0, this.#mostAtOnce);
      let sent: unknown;
      tellPython(
        () => (sent = this.#say(items)),
        (error) => this.#warn(error),
      );
      if (sent instanceof Promise) return this.#sendAfter(sent);
    }
  }

  /** Once: after a restart of Jupyter's kernel a page goes on saying things to the one that is gone. */
  #warn(error: unknown): void {
    const failure = String(error);
    if (failure === this.#lastFailure) return;
    this.#lastFailure = failure;
    console.warn("marimo-rfb: could not report to Python", error);
  }

  #sendAfter(sent: Promise<unknown>): void {
    this.#isSending = true;
    let isOver = false;
    const goOn = (): void => {
      if (isOver) return;
      isOver = true;
      clearTimeout(timer);
      this.#isSending = false;
      this.#send();
    };
    const timer = setTimeout(goOn, GONE_WITHIN_MS);
    sent.then(goOn, goOn);
  }
}

/** A queue of custom messages to Python. Those that had to wait go together, as one message of kind `several`. */
export function customMessageQueue(model: Model): Outbox<object> {
  return new Outbox(([first, ...others]) => {
    return model.send(others.length === 0 ? first : { kind: "several", messages: [first, ...others] });
  }, MAX_MESSAGES_AT_ONCE);
}
