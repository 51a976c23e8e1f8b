const INITIAL_MS = 500;
/** For about a minute, so that a picture is back soon after a server that was started anew. */
const EARLY_MS = 2_000;
const EARLY_ATTEMPTS = 40;
const MAX_MS = 10_000;

/** How long to wait before the next attempt: 0.5 s doubling to 2 s, and to 10 s after a minute; 50 to 100 % of that. */
export class Backoff {
  readonly #random: () => number;
  #attempts = 0;

  /** `random` returns a number in [0, 1), like `Math.random`. */
  constructor(random: () => number) {
    this.#random = random;
  }

  /** Returns the delay in milliseconds and counts the attempt. */
  nextMs(): number {
    const late = this.#attempts - EARLY_ATTEMPTS;
    const full =
      late < 0 ? Math.min(INITIAL_MS * 2 ** this.#attempts, EARLY_MS) : Math.min(EARLY_MS * 2 ** (late + 1), MAX_MS);
    this.#attempts += 1;
    return this.#jitter(full);
  }

  /** The longest delay from the start, for a server that asks to be left alone. */
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
