import { elapsedText, latencyText } from "../flow/stats_rows.ts";
import type { LiveStats } from "../wire/worker_messages.ts";
import { styledElement } from "./styled_element.ts";

/** The corner with the status of a view: pill, latency and recording time. */
export class StatusCorner {
  readonly element = document.createElement("div");
  readonly #badge = styledElement("span", "rfb-badge");
  readonly #recording = styledElement("span", "rfb-recording");
  readonly #elapsed = document.createElement("span");
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(signal: AbortSignal) {
    this.element.className = "rfb-status-corner";
    this.#badge.dataset.tooltip = "Latency from publish to display";
    this.#badge.hidden = true;
    const dot = document.createElement("span");
    dot.className = "rfb-recording-dot";
    this.#recording.append(dot, this.#elapsed);
    this.#recording.dataset.tooltip = "Recording";
    this.#recording.hidden = true;
    this.element.append(this.#recording, this.#badge);
    signal.addEventListener("abort", () => clearInterval(this.#timer));
  }

  /** Show or remove the pill. */
  setPill(pill: HTMLElement, isShown: boolean): void {
    if (!isShown) pill.remove();
    else if (pill.parentElement !== this.element) this.element.prepend(pill);
  }

  showStats({ stats }: LiveStats): void {
    const text = latencyText(stats);
    this.#badge.hidden = text === "";
    if (this.#badge.textContent !== text) this.#badge.textContent = text;
  }

  /** Show the time since the recording started; undefined hides it. */
  showRecording(sinceMs: number | undefined): void {
    clearInterval(this.#timer);
    this.#recording.hidden = sinceMs === undefined;
    if (sinceMs === undefined) return;
    const show = (): void => {
      this.#elapsed.textContent = elapsedText((performance.now() - sinceMs) / 1000);
    };
    this.#timer = setInterval(show, 1000);
    show();
  }
}
