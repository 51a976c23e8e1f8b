import type { Model } from "./model.ts";
import { Outbox } from "./send_queue.ts";

const MOST_AT_ONCE = 100;

/** Custom messages to Python, in the order in which they were posted; those that wait for others go together. */
export class Postbox {
  readonly #outbox: Outbox<object>;

  constructor(model: Model) {
    this.#outbox = new Outbox(([first, ...others]) => {
      return model.send(others.length === 0 ? first : { kind: "several", messages: [first, ...others] });
    }, MOST_AT_ONCE);
  }

  post(message: object): void {
    this.#outbox.post(message);
  }
}
