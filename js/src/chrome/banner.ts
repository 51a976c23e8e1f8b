import type { Notice } from "../wire/messages.ts";
import type { ConnectionState } from "../wire/worker_messages.ts";
import { icon } from "./icons.ts";
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

/** How long a remark of the server stays, and how long it then fades. */
const REMARK_MS = 12_000;
const FADE_MS = 400;
/** How soon to look again whether the user still reads it. */
const READ_MS = 1_000;

interface Content {
  readonly state: ConnectionState;
  readonly error: string;
  readonly notice: Notice | undefined;
  /** What the user asked for by clicking the pill; empty otherwise. */
  readonly explanation: string;
  readonly canRetry: boolean;
}

/**
 * The banner over the picture: the error that prevents it, the server's notice, or an explanation. Hidden if empty.
 *
 * A notice that is only a remark can be dismissed, and goes away by itself. It comes back when its text changes.
 */
export class Banner {
  readonly element = styledElement("div", "rfb-banner");
  readonly #text = document.createElement("span");
  readonly #retry = document.createElement("button");
  readonly #dismiss = document.createElement("button");
  #content: Content | undefined;
  /** The remark on display, and the one that went away; empty for none. */
  #remark = "";
  #pastRemark = "";
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `retry` is called when the user clicks "Try again". */
  constructor(retry: () => void, signal: AbortSignal) {
    this.#retry.className = "rfb-retry";
    this.#retry.type = "button";
    this.#retry.textContent = "Try again";
    this.#retry.addEventListener("click", retry, { signal });
    this.#dismiss.className = "rfb-dismiss";
    this.#dismiss.type = "button";
    this.#dismiss.setAttribute("aria-label", "Dismiss");
    this.#dismiss.append(icon("close"));
    this.#dismiss.addEventListener("click", () => this.#endRemark(), { signal });
    this.#text.className = "rfb-banner-text";
    this.element.append(this.#text);
    this.#text.setAttribute("role", "status");
    this.#text.setAttribute("aria-live", "polite");
    this.element.hidden = true;
    signal.addEventListener("abort", () => clearTimeout(this.#timer));
  }

  /** A connection error outranks a notice; frame errors of a live stream appear only in `last_error`. */
  show(content: Content): void {
    this.#content = content;
    const { state, error, notice, explanation, canRetry } = content;
    const isDisconnected = state !== "negotiated" && error !== "";
    const isRemark = notice?.level === "info";
    // A remark that changed, or went, may come back.
    if (!isRemark || notice.text !== this.#pastRemark) this.#pastRemark = "";
    const said = isRemark && notice.text === this.#pastRemark ? undefined : notice;
    const text = isDisconnected ? error : (said?.text ?? explanation);
    this.element.dataset.level = isDisconnected ? LEVELS[state] : (said?.level ?? "info");
    this.element.hidden = text === "";
    if (isDisconnected && canRetry) this.element.append(this.#retry);
    else this.#retry.remove();
    this.#showRemark(isRemark && !isDisconnected ? (said?.text ?? "") : "");
    // Screen readers would announce an unchanged text again.
    if (this.#text.textContent !== text) this.#text.textContent = text;
  }

  #showRemark(remark: string): void {
    this.element.classList.toggle("rfb-remark", remark !== "");
    if (remark === "") this.#dismiss.remove();
    else if (!this.#dismiss.isConnected) this.element.append(this.#dismiss);
    if (remark === this.#remark) return;
    this.#remark = remark;
    clearTimeout(this.#timer);
    this.element.classList.remove("rfb-fading");
    if (remark !== "") this.#timer = setTimeout(() => this.#fade(), REMARK_MS);
  }

  /** Fade, unless the user points at it or has moved the focus into it. */
  #fade(): void {
    if (this.element.matches(":hover, :focus-within")) {
      this.#timer = setTimeout(() => this.#fade(), READ_MS);
      return;
    }
    this.element.classList.add("rfb-fading");
    this.#timer = setTimeout(() => this.#endRemark(), FADE_MS);
  }

  #endRemark(): void {
    this.#pastRemark = this.#remark;
    if (this.#content !== undefined) this.show(this.#content);
  }
}
