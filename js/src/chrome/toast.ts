import { styledElement } from "./styled_element.ts";

const HIDE_AFTER_MS = { info: 4_000, error: 10_000 } as const;

/** A short message with the result of a user's action. */
export class Toast {
  readonly element = styledElement("div", "rfb-toast");
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(signal: AbortSignal) {
    // Added before it has a text, because screen readers do not announce the initial text of an element.
    this.element.setAttribute("role", "status");
    signal.addEventListener("abort", () => clearTimeout(this.#timer));
  }

  /** Show what failed, and why. */
  showError(what: string, error: unknown): void {
    this.show(`${what}: ${error instanceof Error ? error.message : String(error)}`, "error");
  }

  show(text: string, level: keyof typeof HIDE_AFTER_MS = "info"): void {
    clearTimeout(this.#timer);
    this.element.dataset.level = level;
    this.element.textContent = text;
    this.#timer = setTimeout(() => (this.element.textContent = ""), HIDE_AFTER_MS[level]);
  }
}
