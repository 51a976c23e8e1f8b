const FIRST_MS = 500;
const LONGEST_MS = 10_000;

/** How long to wait before the next attempt: 0.5 s doubling to 10 s, each with 50 to 100 % jitter. */
export class Backoff {
  readonly #random: () => number;
  #attempts = 0;

  /** `random` returns a number in [0, 1), like `Math.random`. */
  constructor(random: () => number) {
    this.#random = random;
  }

  /** Returns the delay in milliseconds and counts the attempt. */
  nextMs(): number {
    const full = Math.min(FIRST_MS * 2 ** this.#attempts, LONGEST_MS);
    this.#attempts += 1;
    return this.#jitter(full);
  }

  /** The longest delay from the start, for a server that asks to be left alone. */
  slowMs(): number {
    return this.#jitter(LONGEST_MS);
  }

  reset(): void {
    this.#attempts = 0;
  }

  #jitter(ms: number): number {
    return ms * (0.5 + this.#random() / 2);
  }
}
