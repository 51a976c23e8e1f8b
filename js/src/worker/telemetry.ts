import type { SettledFrame } from "../flow/ack_ledger.ts";
import { SlidingPercentile } from "../flow/sliding_percentile.ts";
import type { Stats } from "../wire/messages.ts";
import type { LinkStats, LiveStats } from "../wire/worker_messages.ts";

const STATS_INTERVAL_MS = 1000;
const LIVE_STATS_INTERVAL_MS = 250;
/** Two seconds at display rate. */
const MAX_SAMPLES = 120;
const MAX_INTERVALS = 240;

/** Receives the statistics, and provides the size of the decode queue. */
export interface TelemetryListener {
  onStats(stats: LinkStats): void;
  onLiveStats(liveStats: LiveStats): void;
  decodeQueueSize(): number;
}

/** A picture that was displayed. */
export interface DisplayedPicture {
  /** The time since it was published; undefined while the server's clock is unknown, and for a repeated frame. */
  readonly latencyMs: number | undefined;
  /** Whether the pixels are exactly those that were published. */
  readonly isLossless: boolean;
  /** Whether the frame was not displayed before, as that of a picture that gets sharper was. */
  readonly isNewFrame: boolean;
}

/**
 * Counts frames and measures their rates and latencies.
 *
 * Reports at most once a second and only after a change; live statistics every 250 ms while watched.
 */
export class Telemetry {
  readonly #listener: TelemetryListener;
  #server: Record<string, number | string> = {};
  #framesDisplayed = 0;
  #framesDropped = 0;
  #lastDisplayedSeq = -1;
  #codec = "";
  #isLossless = false;
  #transport = "";
  #why = "";
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #latencies = new SlidingPercentile(MAX_SAMPLES);
  readonly #decodes = new SlidingPercentile(MAX_SAMPLES);
  /** When the new frames of the last second were displayed. */
  #displayedMs: number[] = [];
  #lastMs: number | undefined;
  #intervalsMs: number[] = [];
  #watching = false;
  #liveStatsTimer: ReturnType<typeof setInterval> | undefined;

  constructor(listener: TelemetryListener) {
    this.#listener = listener;
  }

  count({ seq, displayed }: Pick<SettledFrame, "seq" | "displayed">): void {
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

  displayed({ latencyMs, isLossless, isNewFrame }: DisplayedPicture): void {
    this.#isLossless = isLossless;
    if (!isNewFrame) return;
    const nowMs = performance.now();
    if (latencyMs !== undefined) this.#latencies.add(latencyMs);
    this.#displayedMs.push(nowMs);
    if (this.#displayedMs.length > MAX_INTERVALS) this.#displayedMs.splice(0, MAX_INTERVALS / 2);
    if (this.#watching && this.#lastMs !== undefined) {
      this.#intervalsMs.push(nowMs - this.#lastMs);
      if (this.#intervalsMs.length > MAX_INTERVALS) this.#intervalsMs.shift();
    }
    this.#lastMs = nowMs;
  }

  /** Set the codec that the statistics report. */
  setCodec(codec: string): void {
    this.#codec = codec;
    this.#schedule();
  }

  setTransport(transport: string, why: string): void {
    if (transport === this.#transport && why === this.#why) return;
    this.#transport = transport;
    this.#why = why;
    this.#schedule();
  }

  fromServer({ type: _, ...values }: Stats): void {
    this.#server = values;
    this.#schedule();
  }

  /** Whether to report live statistics. */
  set watching(watching: boolean) {
    if (watching === this.#watching) return;
    this.#watching = watching;
    clearInterval(this.#liveStatsTimer);
    this.#intervalsMs = [];
    if (!watching) return;
    this.#postLiveStats();
    this.#liveStatsTimer = setInterval(() => this.#postLiveStats(), LIVE_STATS_INTERVAL_MS);
  }

  /** The timer runs only after a change, so that an idle stream costs nothing. */
  #schedule(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#listener.onStats(this.#stats());
    }, STATS_INTERVAL_MS);
  }

  #postLiveStats(): void {
    const intervalsMs = this.#intervalsMs.map((each) => round(each));
    this.#intervalsMs = [];
    this.#listener.onLiveStats({ stats: this.#stats(), intervalsMs });
  }

  #stats(): LinkStats {
    const sinceMs = performance.now() - 1000;
    this.#displayedMs = this.#displayedMs.filter((each) => each > sinceMs);
    return {
      ...this.#server,
      framesDisplayed: this.#framesDisplayed,
      framesDropped: this.#framesDropped,
      lastDisplayedSeq: this.#lastDisplayedSeq,
      decodeQueueSize: this.#listener.decodeQueueSize(),
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
