import type { ClientMessage } from "../wire/messages.ts";

/** The messages that every connection repeats after `hello`: viewport size, visibility and rate limit. */
export class StickyMessages {
  readonly #messages = new Map<string, ClientMessage>();

  /** Whether the view is hidden, so that the server sends no pictures. */
  get isHidden(): boolean {
    return this.#messages.has("visibility");
  }

  /** Keep `message` in place of the last one of its type; return whether its type is sticky. */
  keep(message: ClientMessage): boolean {
    if (message.type !== "set_viewport" && message.type !== "visibility" && message.type !== "limit_rate") return false;
    // Visible and unlimited are the server's defaults, which need no message.
    const isDefault = message.type === "visibility" ? message.visible : message.type === "limit_rate" && !message.fps;
    if (isDefault) this.#messages.delete(message.type);
    else this.#messages.set(message.type, message);
    return true;
  }

  [Symbol.iterator](): Iterator<ClientMessage> {
    return this.#messages.values();
  }
}
