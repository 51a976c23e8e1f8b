import type { Settled } from "../flow/ack_ledger.ts";
import type { Stats } from "../wire/messages.ts";
import type { LinkStats } from "../wire/port.ts";

const INTERVAL_MS = 1000;

/** Counts what happened to the frames, and tells at most once a second, and only when something changed. */
export class Telemetry {
  readonly #publish: (stats: LinkStats) => void;
  readonly #decodeQueueSize: () => number;
  #server: Record<string, number> = {};
  #framesDisplayed = 0;
  #framesDropped = 0;
  #lastDisplayedSeq = -1;
  #codec = "";
  #transport = "";
  #why = "";
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(publish: (stats: LinkStats) => void, decodeQueueSize: () => number) {
    this.#publish = publish;
    this.#decodeQueueSize = decodeQueueSize;
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

  /** `codec` is what the wire calls the transport: images or video. */
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

  /** A timer only while there is something to tell: a picture that rests costs nothing. */
  #schedule(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#publish(this.#stats());
    }, INTERVAL_MS);
  }

  #stats(): LinkStats {
    return {
      ...this.#server,
      framesDisplayed: this.#framesDisplayed,
      framesDropped: this.#framesDropped,
      lastDisplayedSeq: this.#lastDisplayedSeq,
      decodeQueueSize: this.#decodeQueueSize(),
      codec: this.#codec,
      transport: this.#transport,
      why: this.#why,
    };
  }
}
