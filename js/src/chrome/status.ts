import type { State } from "../wire/port.ts";

const TEXTS: Readonly<Record<State, string>> = {
  connecting: "connecting",
  open: "connecting",
  negotiated: "live",
  reconnecting: "reconnecting",
  closed: "closed",
  error: "error",
};

/** A small pill that says how the link is; it keeps quiet when all is well. */
export class StatusPill {
  readonly element = document.createElement("div");
  readonly #text = document.createElement("span");

  constructor() {
    const dot = document.createElement("span");
    dot.className = "rfb-status-dot";
    this.#text.className = "rfb-status-text";
    this.element.className = "rfb-status";
    this.element.setAttribute("role", "status");
    this.element.append(dot, this.#text);
  }

  /** `error` says why it is so, to somebody who points at the pill. */
  show(state: State, error: string): void {
    this.element.title = error;
    // The same text again would be read out again.
    if (this.#text.textContent !== TEXTS[state]) this.#text.textContent = TEXTS[state];
  }
}
