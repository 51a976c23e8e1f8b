import type { Rung, Standing, State } from "../wire/port.ts";

const TEXTS: Readonly<Record<State, string>> = {
  connecting: "connecting",
  open: "connecting",
  negotiated: "live",
  reconnecting: "reconnecting",
  closed: "closed",
  error: "error",
};

/** Which way the pictures take, where somebody would notice it. */
const VIA: Readonly<Record<Rung, string>> = {
  direct: "",
  "same-origin": " via server",
  comm: " via kernel, slow",
};

/** A small pill that says how the link is; it keeps quiet when all is well. */
export class StatusPill {
  readonly element = document.createElement("button");
  readonly #text = document.createElement("span");

  /** `explain` is called when a person asks why it is so. */
  constructor(explain: () => void) {
    const dot = document.createElement("span");
    dot.className = "rfb-status-dot";
    this.#text.className = "rfb-status-text";
    this.element.className = "rfb-status";
    this.element.type = "button";
    this.element.addEventListener("click", explain);
    this.#text.setAttribute("role", "status");
    this.element.append(dot, this.#text);
  }

  /** Tells somebody who points at it why it is so. */
  show({ state, error, rung, why }: Standing): void {
    this.element.title = error || why;
    const text = TEXTS[state] + (state === "negotiated" && rung !== undefined ? VIA[rung] : "");
    // The same text again would be read out again.
    if (this.#text.textContent !== text) this.#text.textContent = text;
  }
}
