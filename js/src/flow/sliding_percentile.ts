/** The last so many numbers of a measurement. */
export class Samples {
  readonly #most: number;
  #values: number[] = [];

  constructor(most: number) {
    this.#most = most;
  }

  add(value: number): void {
    this.#values.push(value);
    if (this.#values.length > 2 * this.#most) this.#values = this.#values.slice(-this.#most);
  }

  /** The value that `share` of them, 0 to 1, do not exceed (nearest rank); undefined without any. */
  quantile(share: number): number | undefined {
    const sorted = this.#values.slice(-this.#most).sort((a, b) => a - b);
    return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
  }
}
