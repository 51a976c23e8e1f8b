import type { ClientMessage } from "../wire/messages.ts";

/** What every server must hear after `hello`: the size of the view, and that nobody looks. */
export class Reminders {
  readonly #messages = new Map<string, ClientMessage>();

  /** Whether nobody looks, so that a server sends no pictures. */
  get isHidden(): boolean {
    return this.#messages.has("visibility");
  }

  /** Keep `message` in place of the former one of its kind, and tell whether it is of a kind that is kept. */
  keep(message: ClientMessage): boolean {
    if (message.type !== "set_viewport" && message.type !== "visibility") return false;
    // Visible is what a server assumes; a server that never heard of visibility need not hear it then.
    if (message.type === "visibility" && message.visible) this.#messages.delete(message.type);
    else this.#messages.set(message.type, message);
    return true;
  }

  [Symbol.iterator](): Iterator<ClientMessage> {
    return this.#messages.values();
  }
}
