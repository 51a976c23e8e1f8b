import type { Notice } from "../wire/messages.ts";
import type { State } from "../wire/port.ts";

type Level = "info" | "error" | "passing";

/** A `passing` trouble shows only when it has lasted for some seconds; the style sheet waits. */
const LEVELS: Readonly<Record<State, Level>> = {
  connecting: "passing",
  open: "passing",
  negotiated: "passing",
  reconnecting: "passing",
  closed: "info",
  error: "error",
};

/** Sentences over the picture: why it does not come, or what the server has to say. Hidden when there is nothing. */
export class Banner {
  readonly element = document.createElement("div");

  constructor() {
    this.element.className = "rfb-banner";
    this.element.setAttribute("role", "status");
    this.element.setAttribute("aria-live", "polite");
    this.element.hidden = true;
  }

  /** What keeps the picture away comes before a notice; a broken frame of a live stream is left to `last_error`. */
  show({ state, error, notice }: { state: State; error: string; notice: Notice | undefined }): void {
    const isAway = state !== "negotiated" && error !== "";
    const text = isAway ? error : (notice?.text ?? "");
    this.element.dataset.level = isAway ? LEVELS[state] : (notice?.level ?? "info");
    this.element.hidden = text === "";
    // The same text again would be read out again.
    if (this.element.textContent !== text) this.element.textContent = text;
  }
}
