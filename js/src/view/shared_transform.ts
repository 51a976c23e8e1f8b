import type { Region, ViewLayout, ViewTransform } from "../flow/view_transform.ts";
import { WHOLE, clampTransform, isSameTransform, visibleRegion } from "../flow/view_transform.ts";
import type { VisiblePart } from "../host/settings.ts";

/** `isSmooth`: animate the change, because the step is large. */
type Listener = (transform: ViewTransform, isSmooth: boolean) => void;

/** Throttles the reports to Python during a gesture. */
const REPORT_INTERVAL_MS = 100;

/** The zoom and position that all views of a link share. */
export class SharedTransform {
  readonly #report: (seen: VisiblePart) => void;
  readonly #listeners = new Set<Listener>();
  /** The layout of each view, oldest view first; that one is reported. */
  readonly #layouts = new Map<object, ViewLayout>();
  #transform = WHOLE;
  #reported = "";
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `report` is called when the visible part changes, at most ten times a second. */
  constructor(report: (seen: VisiblePart) => void) {
    this.#report = report;
  }

  get transform(): ViewTransform {
    return this.#transform;
  }

  set(transform: ViewTransform, isSmooth: boolean): void {
    if (isSameTransform(transform, this.#transform)) return;
    this.#transform = transform;
    for (const listener of [...this.#listeners]) listener(transform, isSmooth);
    this.#reportThrottled();
  }

  /** Call `listener` with every new transform, but not with the current one. */
  follow(listener: Listener, signal: AbortSignal): void {
    if (signal.aborted) return;
    this.#listeners.add(listener);
    signal.addEventListener("abort", () => this.#listeners.delete(listener), { once: true });
  }

  /** Set the layout of `view`; undefined when it is removed. */
  setLayout(view: object, layout: ViewLayout | undefined): void {
    if (layout === undefined) this.#layouts.delete(view);
    else this.#layouts.set(view, layout);
    this.#reportThrottled();
  }

  /** Report the visible part even if unchanged: it is the answer to a request from Python. */
  reportAgain(): void {
    this.#reported = "";
    this.#reportThrottled();
  }

  #reportThrottled(): void {
    const [layout] = this.#layouts.values();
    // The timer reports the latest change when the interval ends.
    if (this.#timer !== undefined || layout === undefined) return;
    const seen = {
      region: rounded(visibleRegion(this.#transform, layout)),
      zoom: round(clampTransform(this.#transform, layout).zoom, 10_000),
    };
    const text = JSON.stringify(seen);
    if (text === this.#reported) return;
    this.#reported = text;
    this.#report(seen);
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#reportThrottled();
    }, REPORT_INTERVAL_MS);
  }
}

function rounded({ x, y, width, height }: Region): Region {
  return { x: round(x, 100), y: round(y, 100), width: round(width, 100), height: round(height, 100) };
}

function round(value: number, parts: number): number {
  return Math.round(value * parts) / parts;
}
