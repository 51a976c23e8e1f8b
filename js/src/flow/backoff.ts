const INITIAL_MS = 500;
/** The maximum for about the first minute, so that the picture is back soon after a server restart. */
const EARLY_MS = 2_000;
const EARLY_ATTEMPTS = 40;
const MAX_MS = 10_000;

/** Exponential backoff with jitter: from 0.5 s to 2 s, after a minute to 10 s, times a random 50 to 100 %. */
export class Backoff {
  readonly #random: () => number;
  #attempts = 0;

  /** `random` returns a number in [0, 1), like `Math.random`. */
  constructor(random: () => number) {
    this.#random = random;
  }

  /** Count an attempt and return the delay before it, in milliseconds. */
  nextMs(): number {
    const late = this.#attempts - EARLY_ATTEMPTS;
    const full =
      late < 0 ? Math.min(INITIAL_MS * 2 ** this.#attempts, EARLY_MS) : Math.min(EARLY_MS * 2 ** (late + 1), MAX_MS);
    this.#attempts += 1;
    return this.#jitter(full);
  }

  /** Return the maximum delay, for a server that is overloaded or rejects this page. */
  slowMs(): number {
    return this.#jitter(MAX_MS);
  }

  reset(): void {
    this.#attempts = 0;
  }

  #jitter(ms: number): number {
    return ms * (0.5 + this.#random() / 2);
  }
}
