import type { Model } from "./model.ts";
import { tellPython } from "./model.ts";

/** A host that never says whether a message has gone must not keep back those after it. */
const GONE_WITHIN_MS = 5_000;
const MOST_AT_ONCE = 100;

/**
 * Custom messages to Python, in the order in which they were posted.
 *
 * marimo sends each message by a request of its own, and requests overtake one another: a greeting would come before the
 * connection that it is for is opened, and a button would be let go before it is pressed. So each waits for the one
 * before, and those that wait go together.
 */
export class Postbox {
  readonly #model: Model;
  readonly #waiting: object[] = [];
  #isSending = false;

  constructor(model: Model) {
    this.#model = model;
  }

  post(message: object): void {
    this.#waiting.push(message);
    if (!this.#isSending) this.#send();
  }

  #send(): void {
    while (this.#waiting.length > 0) {
      const [first, ...others] = this.#waiting.splice(0, MOST_AT_ONCE);
      const letter = others.length === 0 ? first : { kind: "several", messages: [first, ...others] };
      let sent: unknown;
      tellPython(() => (sent = this.#model.send(letter)));
      if (sent instanceof Promise) return this.#sendAfter(sent);
    }
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
