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

/** Which transport the pictures take, where somebody would notice it. */
const VIA: Readonly<Record<TransportKind, string>> = {
  direct: "",
  "same-origin": " via server",
  comm: " via kernel, slow",
};

/** There is a connection, and nothing was published yet. */
const WAITING = "waiting for the first picture";

/** What the view does with what it gets. */
interface PillContext {
  readonly isPaused: boolean;
  readonly hasPicture: boolean;
}

/** A small pill that shows the state of the link; it is unobtrusive when all is well. */
export class StatusPill {
  readonly element = styledElement("button", "rfb-status");
  /** Announces it to screen readers; text in a button is not read out when it changes. */
  readonly announcer = document.createElement("div");
  readonly #text = document.createElement("span");

  /** `onExplain` is called when a person asks why it is so. */
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

  /** Shows the reason to somebody who points at it. */
  show({ state, error, transport, why }: LinkState, { isPaused, hasPicture }: PillContext): void {
    const isWaiting = state === "negotiated" && !hasPicture;
    const text = isPaused && state === "negotiated" ? "paused" : isWaiting ? WAITING : textOf(state, transport);
    this.element.setAttribute("aria-description", error || why);
    this.element.dataset.tooltip = error || why;
    // The same text again would be read out again.
    if (this.#text.textContent === text) return;
    this.#text.textContent = text;
    this.announcer.textContent = `Picture: ${text}`;
  }
}

function textOf(state: ConnectionState, kind: TransportKind | undefined): string {
  return TEXTS[state] + (state === "negotiated" && kind !== undefined ? VIA[kind] : "");
}
