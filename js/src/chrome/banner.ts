import type { Notice } from "../wire/messages.ts";
import type { ConnectionState } from "../wire/worker_messages.ts";
import { styledElement } from "./styled_element.ts";

type Level = "info" | "error" | "passing";

/** A `passing` trouble shows only when it has lasted for some seconds; the style sheet waits. */
const LEVELS: Readonly<Record<ConnectionState, Level>> = {
  connecting: "passing",
  open: "passing",
  negotiated: "passing",
  reconnecting: "passing",
  closed: "info",
  error: "error",
};

interface Content {
  readonly state: ConnectionState;
  readonly error: string;
  readonly notice: Notice | undefined;
  /** What a person asked for; empty when nothing was asked. */
  readonly explanation: string;
  readonly canRetry: boolean;
}

/** Sentences over the picture: why it does not come, or a notice of the server. Hidden when there is nothing. */
export class Banner {
  readonly element = styledElement("div", "rfb-banner");
  readonly #text = document.createElement("span");
  readonly #retry = document.createElement("button");

  /** `retry` is called when a person asks for another try. */
  constructor(retry: () => void) {
    this.#retry.className = "rfb-retry";
    this.#retry.type = "button";
    this.#retry.textContent = "Try again";
    this.#retry.addEventListener("click", retry);
    this.#text.className = "rfb-banner-text";
    this.element.append(this.#text);
    this.#text.setAttribute("role", "status");
    this.#text.setAttribute("aria-live", "polite");
    this.element.hidden = true;
  }

  /** What keeps the picture away comes before a notice; a broken frame of a live stream is left to `last_error`. */
  show({ state, error, notice, explanation, canRetry }: Content): void {
    const isAway = state !== "negotiated" && error !== "";
    const text = isAway ? error : (notice?.text ?? explanation);
    this.element.dataset.level = isAway ? LEVELS[state] : (notice?.level ?? "info");
    this.element.hidden = text === "";
    if (isAway && canRetry) this.element.append(this.#retry);
    else this.#retry.remove();
    // The same text again would be read out again.
    if (this.#text.textContent !== text) this.#text.textContent = text;
  }
}
