import type { Settled } from "../flow/ack_ledger.ts";
import { Samples } from "../flow/sliding_percentile.ts";
import type { Stats } from "../wire/messages.ts";
import type { Gauges, LinkStats } from "../wire/worker_messages.ts";

const STATS_MS = 1000;
const GAUGES_MS = 250;
/** Two seconds at display rate. */
const MOST_SAMPLES = 120;
const MOST_INTERVALS = 240;

/** Who is told, and what is asked for the telling. */
export interface TelemetryPort {
  stats(stats: LinkStats): void;
  gauges(gauges: Gauges): void;
  decodeQueueSize(): number;
}

/**
 * Counts and times what happened to the frames.
 *
 * Tells at most once a second, several times while somebody watches, and only when something changed.
 */
export class Telemetry {
  readonly #port: TelemetryPort;
  #server: Record<string, number> = {};
  #framesDisplayed = 0;
  #framesDropped = 0;
  #lastDisplayedSeq = -1;
  #codec = "";
  #isLossless = false;
  #transport = "";
  #why = "";
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #latencies = new Samples(MOST_SAMPLES);
  readonly #decodes = new Samples(MOST_SAMPLES);
  /** When the frames of the last second were displayed. */
  #displayedMs: number[] = [];
  #lastMs: number | undefined;
  #intervalsMs: number[] = [];
  #watching = false;
  #gaugeTimer: ReturnType<typeof setInterval> | undefined;

  constructor(port: TelemetryPort) {
    this.#port = port;
  }

  count({ seq, displayed }: Settled): void {
    if (displayed) {
      this.#framesDisplayed += 1;
      this.#lastDisplayedSeq = seq;
    } else {
      this.#framesDropped += 1;
    }
    this.#schedule();
  }

  decoded(tookMs: number): void {
    this.#decodes.add(tookMs);
  }

  /**
   * A frame came on screen, so long after it was published; undefined while the server's clock is not known, and of one
   * that had come to rest. `isLossless`: it is as it was published.
   */
  displayed(latencyMs: number | undefined, isLossless: boolean): void {
    this.#isLossless = isLossless;
    const nowMs = performance.now();
    if (latencyMs !== undefined) this.#latencies.add(latencyMs);
    this.#displayedMs.push(nowMs);
    if (this.#displayedMs.length > MOST_INTERVALS) this.#displayedMs.splice(0, MOST_INTERVALS / 2);
    if (this.#watching && this.#lastMs !== undefined) {
      this.#intervalsMs.push(nowMs - this.#lastMs);
      if (this.#intervalsMs.length > MOST_INTERVALS) this.#intervalsMs.shift();
    }
    this.#lastMs = nowMs;
  }

  /** What the pictures are encoded as. */
  negotiated(codec: string): void {
    this.#codec = codec;
    this.#schedule();
  }

  carriedBy(transport: string, why: string): void {
    if (transport === this.#transport && why === this.#why) return;
    this.#transport = transport;
    this.#why = why;
    this.#schedule();
  }

  fromServer({ type: _, ...numbers }: Stats): void {
    this.#server = numbers;
    this.#schedule();
  }

  /** Tell the gauges too, until further notice. */
  set watching(watching: boolean) {
    if (watching === this.#watching) return;
    this.#watching = watching;
    clearInterval(this.#gaugeTimer);
    this.#intervalsMs = [];
    if (!watching) return;
    this.#tellGauges();
    this.#gaugeTimer = setInterval(() => this.#tellGauges(), GAUGES_MS);
  }

  /** A timer only while there is something to tell: a picture that rests costs nothing. */
  #schedule(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#port.stats(this.#stats());
    }, STATS_MS);
  }

  #tellGauges(): void {
    const intervalsMs = this.#intervalsMs.map((each) => round(each));
    this.#intervalsMs = [];
    this.#port.gauges({ stats: this.#stats(), intervalsMs });
  }

  #stats(): LinkStats {
    const sinceMs = performance.now() - 1000;
    this.#displayedMs = this.#displayedMs.filter((each) => each > sinceMs);
    return {
      ...this.#server,
      framesDisplayed: this.#framesDisplayed,
      framesDropped: this.#framesDropped,
      lastDisplayedSeq: this.#lastDisplayedSeq,
      decodeQueueSize: this.#port.decodeQueueSize(),
      displayedFps: this.#displayedMs.length,
      ...measured("latencyMs", this.#latencies.quantile(0.5)),
      ...measured("latencyP95Ms", this.#latencies.quantile(0.95)),
      ...measured("decodeMs", this.#decodes.quantile(0.5)),
      codec: this.#codec,
      lossless: this.#isLossless ? 1 : 0,
      transport: this.#transport,
      why: this.#why,
    };
  }
}

function measured(name: string, value: number | undefined): Record<string, number> {
  return value === undefined ? {} : { [name]: round(value) };
}

function round(ms: number): number {
  return Math.round(ms * 10) / 10;
}
