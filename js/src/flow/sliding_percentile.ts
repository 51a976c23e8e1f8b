/** The last so many numbers of a measurement. */
export class SlidingPercentile {
  readonly #max: number;
  #values: number[] = [];

  constructor(max: number) {
    this.#max = max;
  }

  add(value: number): void {
    this.#values.push(value);
    if (this.#values.length > 2 * this.#max) this.#values = this.#values.slice(-this.#max);
  }

  /** The value that `share` of them, 0 to 1, do not exceed (nearest rank); undefined without any. */
  quantile(share: number): number | undefined {
    const sorted = this.#values.slice(-this.#max).sort((a, b) => a - b);
    return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
  }
}
