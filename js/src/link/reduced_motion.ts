/** Slow enough to be a sequence of stills rather than motion. */
const MAX_FPS = 10;

/** Caps the frame rate for users who prefer reduced motion. */
export class ReducedMotion {
  readonly #query = window.matchMedia("(prefers-reduced-motion: reduce)");

  constructor(onChange: () => void, signal: AbortSignal) {
    this.#query.addEventListener("change", onChange, { signal });
  }

  /** Undefined for no limit. */
  get maxFps(): number | undefined {
    return this.#query.matches ? MAX_FPS : undefined;
  }
}
