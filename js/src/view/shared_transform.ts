import type { ViewTransform, Region, ViewLayout } from "../flow/view_transform.ts";
import { WHOLE, isSameTransform, clampTransform, visibleRegion } from "../flow/view_transform.ts";
import type { VisiblePart } from "../host/settings.ts";

/** `isSmooth`: the picture is to glide there, because the step is a large one. */
type Listener = (transform: ViewTransform, isSmooth: boolean) => void;

/** Python needs not to follow a gesture closer than this. */
const REPORT_INTERVAL_MS = 100;

/** The part of the picture that all views of a link show. */
export class SharedTransform {
  readonly #report: (seen: VisiblePart) => void;
  readonly #listeners = new Set<Listener>();
  /** What the lens is over in each view, the view first that is there longest: that one is told of. */
  readonly #layouts = new Map<object, ViewLayout>();
  #lens = WHOLE;
  #reported = "";
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `tell` is called with what is seen, when that changed and at most ten times a second. */
  constructor(report: (seen: VisiblePart) => void) {
    this.#report = report;
  }

  get transform(): ViewTransform {
    return this.#lens;
  }

  set(transform: ViewTransform, isSmooth: boolean): void {
    if (isSameTransform(transform, this.#lens)) return;
    this.#lens = transform;
    for (const listener of [...this.#listeners]) listener(transform, isSmooth);
    this.#reportThrottled();
  }

  /** Call `listener` with every new lens, not with the present one. */
  follow(listener: Listener, signal: AbortSignal): void {
    if (signal.aborted) return;
    this.#listeners.add(listener);
    signal.addEventListener("abort", () => this.#listeners.delete(listener), { once: true });
  }

  /** Note what the lens is over in `view`; undefined when that is gone. */
  setLayout(view: object, layout: ViewLayout | undefined): void {
    if (layout === undefined) this.#layouts.delete(view);
    else this.#layouts.set(view, layout);
    this.#reportThrottled();
  }

  /** Tell what is seen even if that is what was told last: Python has asked for something since. */
  reportAgain(): void {
    this.#reported = "";
    this.#reportThrottled();
  }

  #reportThrottled(): void {
    const [layout] = this.#layouts.values();
    // What is not told now is told when the time is over.
    if (this.#timer !== undefined || layout === undefined) return;
    const seen = {
      region: rounded(visibleRegion(this.#lens, layout)),
      zoom: round(clampTransform(this.#lens, layout).zoom, 10_000),
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
