import { styledElement } from "./styled_element.ts";

const HIDE_AFTER_MS = { info: 4_000, error: 10_000 } as const;

/** A short word on what came of something that a person did. */
export class Toast {
  readonly element = styledElement("div", "rfb-toast");
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(signal: AbortSignal) {
    // There before it has a text: an element that comes with its text is not read out.
    this.element.setAttribute("role", "status");
    signal.addEventListener("abort", () => clearTimeout(this.#timer));
  }

  /** Show that something went wrong, and why. */
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
