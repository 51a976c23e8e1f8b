import type { ConnectionState, LinkState, TransportKind } from "../wire/worker_messages.ts";
import { styledElement } from "./styled_element.ts";

const TEXTS: Readonly<Record<ConnectionState, string>> = {
  connecting: "connecting",
  open: "connecting",
  negotiated: "live",
  reconnecting: "reconnecting",
  closed: "closed",
  error: "error",
};

/** Names the transports that are slower than the direct one. */
const VIA: Readonly<Record<TransportKind, string>> = {
  direct: "",
  "same-origin": " via server",
  comm: " via kernel, slow",
};

/** The view is connected, but has received no frame yet. */
const WAITING = "waiting for the first picture";

/** The state of the view. */
interface PillContext {
  readonly isPaused: boolean;
  readonly hasPicture: boolean;
}

/** A small pill that shows the state of the link; a mere dot while the stream is live. */
export class StatusPill {
  readonly element = styledElement("button", "rfb-status");
  /** A live region for screen readers, which do not announce changes of a button's text. */
  readonly announcer = document.createElement("div");
  readonly #text = document.createElement("span");

  /** `onExplain` is called when the user clicks the pill. */
  constructor(onExplain: () => void) {
    const dot = document.createElement("span");
    dot.className = "rfb-status-dot";
    this.#text.className = "rfb-status-text";
    this.element.type = "button";
    this.element.addEventListener("click", onExplain);
    this.element.append(dot, this.#text);
    this.announcer.className = "rfb-visually-hidden";
    this.announcer.setAttribute("role", "status");
  }

  /** Show the state; the reason is in the tooltip. */
  show({ state, error, transport, why }: LinkState, { isPaused, hasPicture }: PillContext): void {
    const isWaiting = state === "negotiated" && !hasPicture;
    const text = isPaused && state === "negotiated" ? "paused" : isWaiting ? WAITING : textOf(state, transport);
    this.element.setAttribute("aria-description", error || why);
    this.element.dataset.tooltip = error || why;
    // Screen readers would announce an unchanged text again.
    if (this.#text.textContent === text) return;
    this.#text.textContent = text;
    this.announcer.textContent = `Picture: ${text}`;
  }
}

function textOf(state: ConnectionState, kind: TransportKind | undefined): string {
  return TEXTS[state] + (state === "negotiated" && kind !== undefined ? VIA[kind] : "");
}
