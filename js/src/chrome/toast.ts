import { part } from "./styled_element.ts";

const GONE_AFTER_MS = { info: 4_000, error: 10_000 } as const;

/** A short word on what came of something that a person did. */
export class Toast {
  readonly element = part("div", "rfb-toast");
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(signal: AbortSignal) {
    // There before it says anything: what comes with its text is not read out.
    this.element.setAttribute("role", "status");
    signal.addEventListener("abort", () => clearTimeout(this.#timer));
  }

  /** Say that something went wrong, and why. */
  complain(what: string, error: unknown): void {
    this.say(`${what}: ${error instanceof Error ? error.message : String(error)}`, "error");
  }

  say(text: string, level: keyof typeof GONE_AFTER_MS = "info"): void {
    clearTimeout(this.#timer);
    this.element.dataset.level = level;
    this.element.textContent = text;
    this.#timer = setTimeout(() => (this.element.textContent = ""), GONE_AFTER_MS[level]);
  }
}
