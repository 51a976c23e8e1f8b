/** As often as this a picture may change without being called motion. */
const MAX_FPS = 10;

/** How many frames a second a person wants to see: all of them, or few because motion makes them ill. */
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
