/** Percentiles over the last `max` samples. */
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

  /** The quantile for `share`, 0 to 1, by the nearest-rank method; undefined without samples. */
  quantile(share: number): number | undefined {
    const sorted = this.#values.slice(-this.#max).sort((a, b) => a - b);
    return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
  }
}
