import type { Notice } from "../wire/messages.ts";
import type { ConnectionState } from "../wire/worker_messages.ts";
import { styledElement } from "./styled_element.ts";

type Level = "info" | "error" | "passing";

/** The style sheet shows a `passing` banner only after some seconds. */
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
  /** What the user asked for by clicking the pill; empty otherwise. */
  readonly explanation: string;
  readonly canRetry: boolean;
}

/** The banner over the picture: the error that prevents it, the server's notice, or an explanation. Hidden if empty. */
export class Banner {
  readonly element = styledElement("div", "rfb-banner");
  readonly #text = document.createElement("span");
  readonly #retry = document.createElement("button");

  /** `retry` is called when the user clicks "Try again". */
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

  /** A connection error outranks a notice; frame errors of a live stream appear only in `last_error`. */
  show({ state, error, notice, explanation, canRetry }: Content): void {
    const isDisconnected = state !== "negotiated" && error !== "";
    const text = isDisconnected ? error : (notice?.text ?? explanation);
    this.element.dataset.level = isDisconnected ? LEVELS[state] : (notice?.level ?? "info");
    this.element.hidden = text === "";
    if (isDisconnected && canRetry) this.element.append(this.#retry);
    else this.#retry.remove();
    // Screen readers would announce an unchanged text again.
    if (this.#text.textContent !== text) this.#text.textContent = text;
  }
}
