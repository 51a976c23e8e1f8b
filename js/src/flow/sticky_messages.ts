import type { ClientMessage } from "../wire/messages.ts";

/** What every server must hear after `hello`: the size of the view, that nobody looks, how many frames are too many. */
export class StickyMessages {
  readonly #messages = new Map<string, ClientMessage>();

  /** Whether nobody looks, so that a server sends no pictures. */
  get isHidden(): boolean {
    return this.#messages.has("visibility");
  }

  /** Keep `message` in place of the former one of its type; return whether it is of a type that is kept. */
  keep(message: ClientMessage): boolean {
    if (message.type !== "set_viewport" && message.type !== "visibility" && message.type !== "limit_rate") return false;
    // Visible and unlimited is what a server assumes; a server that never got them does not need it then.
    const isUsual = message.type === "visibility" ? message.visible : message.type === "limit_rate" && !message.fps;
    if (isUsual) this.#messages.delete(message.type);
    else this.#messages.set(message.type, message);
    return true;
  }

  [Symbol.iterator](): Iterator<ClientMessage> {
    return this.#messages.values();
  }
}
