import type { Lens, Region, Scene } from "../flow/view_transform.ts";
import { WHOLE, isSameLens, keepInside, regionOf } from "../flow/view_transform.ts";
import type { Seen } from "../host/settings.ts";

/** `isSmooth`: the picture is to glide there, because the step is a large one. */
type Listener = (lens: Lens, isSmooth: boolean) => void;

/** Python needs not to follow a gesture closer than this. */
const TELL_EVERY_MS = 100;

/** The part of the picture that all views of a link show. */
export class Sight {
  readonly #tell: (seen: Seen) => void;
  readonly #listeners = new Set<Listener>();
  /** What the lens is over in each view, the view first that is there longest: that one is told of. */
  readonly #scenes = new Map<object, Scene>();
  #lens = WHOLE;
  #told = "";
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `tell` is called with what is seen, when that changed and at most ten times a second. */
  constructor(tell: (seen: Seen) => void) {
    this.#tell = tell;
  }

  get lens(): Lens {
    return this.#lens;
  }

  look(lens: Lens, isSmooth: boolean): void {
    if (isSameLens(lens, this.#lens)) return;
    this.#lens = lens;
    for (const listener of [...this.#listeners]) listener(lens, isSmooth);
    this.#report();
  }

  /** Call `listener` with every new lens, not with the present one. */
  follow(listener: Listener, signal: AbortSignal): void {
    if (signal.aborted) return;
    this.#listeners.add(listener);
    signal.addEventListener("abort", () => this.#listeners.delete(listener), { once: true });
  }

  /** Note what the lens is over in `view`; undefined when that is gone. */
  note(view: object, scene: Scene | undefined): void {
    if (scene === undefined) this.#scenes.delete(view);
    else this.#scenes.set(view, scene);
    this.#report();
  }

  /** Tell what is seen even if that is what was told last: Python has asked for something since. */
  answer(): void {
    this.#told = "";
    this.#report();
  }

  #report(): void {
    const [scene] = this.#scenes.values();
    // What is not told now is told when the time is over.
    if (this.#timer !== undefined || scene === undefined) return;
    const seen = {
      region: rounded(regionOf(this.#lens, scene)),
      zoom: round(keepInside(this.#lens, scene).zoom, 10_000),
    };
    const text = JSON.stringify(seen);
    if (text === this.#told) return;
    this.#told = text;
    this.#tell(seen);
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#report();
    }, TELL_EVERY_MS);
  }
}

function rounded({ x, y, width, height }: Region): Region {
  return { x: round(x, 100), y: round(y, 100), width: round(width, 100), height: round(height, 100) };
}

function round(value: number, parts: number): number {
  return Math.round(value * parts) / parts;
}
