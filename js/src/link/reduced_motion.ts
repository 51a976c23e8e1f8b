/** As often as this a picture may change without being called motion. */
const MOST_FPS = 10;

/** How many frames a second a person wants to see: all of them, or few because motion makes them ill. */
export class ReducedMotion {
  readonly #query = window.matchMedia("(prefers-reduced-motion: reduce)");

  constructor(changed: () => void, signal: AbortSignal) {
    this.#query.addEventListener("change", changed, { signal });
  }

  /** Undefined for no limit. */
  get mostFps(): number | undefined {
    return this.#query.matches ? MOST_FPS : undefined;
  }
}
