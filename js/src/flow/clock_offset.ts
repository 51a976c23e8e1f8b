/** How much the error of a sample grows with its age, because clocks drift apart. */
const DRIFT_MS_PER_S = 0.05;

/**
 * Estimates the offset of the server's clock from samples of its time.
 *
 * The server read its clock at some moment between request and response, so the error is at most half the round trip
 * (Cristian, "Probabilistic clock synchronization", 1989). The sample with the shortest recent round trip counts.
 */
export class ClockOffset {
  #offsetMs: number | undefined;
  #errorMs = Infinity;
  #sampledMs = 0;

  /** How far the server's clock is ahead of ours; undefined before the first sample. */
  get offsetMs(): number | undefined {
    return this.#offsetMs;
  }

  /** The maximum error of `offsetMs`; infinite before the first sample. */
  get errorMs(): number {
    return this.#errorMs;
  }

  /** Add a sample: when the request was sent, the server's clock, and when the response arrived. */
  addSample(sentMs: number, serverUs: number, nowMs: number): void {
    const errorMs = (nowMs - sentMs) / 2;
    if (errorMs < 0) return;
    const driftMs = ((nowMs - this.#sampledMs) / 1000) * DRIFT_MS_PER_S;
    if (errorMs > this.#errorMs + driftMs) return;
    this.#offsetMs = serverUs / 1000 - (sentMs + nowMs) / 2;
    this.#errorMs = errorMs;
    this.#sampledMs = nowMs;
  }

  reset(): void {
    this.#offsetMs = undefined;
    this.#errorMs = Infinity;
  }
}
