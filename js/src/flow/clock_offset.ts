/** A sample is worth this much less with each second of its age, because clocks drift apart. */
const DRIFT_MS_PER_S = 0.05;

/**
 * How far the server's clock is from ours, by asking it what time it is.
 *
 * The answer was given somewhere between question and answer; the quicker the answer, the less can be wrong (Cristian,
 * "Probabilistic clock synchronization", 1989). So the quickest of the recent ones counts.
 */
export class ClockOffset {
  #offsetMs: number | undefined;
  #errorMs = Infinity;
  #sampledMs = 0;

  /** What the server's clock is ahead of ours; undefined before the first answer. */
  get offsetMs(): number | undefined {
    return this.#offsetMs;
  }

  /** What `offsetMs` may be wrong by; infinite before the first answer. */
  get errorMs(): number {
    return this.#errorMs;
  }

  /** Take an answer: when we asked, the time of the server's clock, when the answer arrived. */
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
