import type { ClientMessage, Histogram, Pixels } from "../wire/messages.ts";

/** The newest frame, losslessly encoded as a file. */
export interface CapturedFrame {
  readonly mime: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

type Answer = Pixels | Histogram | CapturedFrame;

interface PendingRequest {
  readonly resolve: (answer: Answer | undefined) => void;
  readonly timer: ReturnType<typeof setTimeout>;
}

const PIXELS_TIMEOUT_MS = 1_000;
const HISTOGRAM_TIMEOUT_MS = 2_000;
const CAPTURE_TIMEOUT_MS = 10_000;

/** Matches requests with the server's responses. A request times out if the server is gone, or too old to know it. */
export class RequestTracker {
  readonly #send: (message: ClientMessage) => boolean;
  readonly #pending = new Map<number, PendingRequest>();
  #count = 0;

  /** `send` returns false if the server cannot answer the message. */
  constructor(send: (message: ClientMessage) => boolean) {
    this.#send = send;
  }

  /** The published pixels around a frame pixel; undefined without a response. */
  async inspect(x: number, y: number): Promise<Pixels | undefined> {
    const answer = await this.#request((id) => ({ type: "inspect", id, x, y }), PIXELS_TIMEOUT_MS);
    return answer !== undefined && "data" in answer ? answer : undefined;
  }

  /** The newest frame as it was published; undefined without a response. */
  async capture(): Promise<CapturedFrame | undefined> {
    const answer = await this.#request((id) => ({ type: "capture", id }), CAPTURE_TIMEOUT_MS);
    return answer !== undefined && "bytes" in answer ? answer : undefined;
  }

  /** The histogram of the newest frame's numbers; undefined without a response. */
  async histogram(): Promise<Histogram | undefined> {
    const answer = await this.#request((id) => ({ type: "ask_histogram", id }), HISTOGRAM_TIMEOUT_MS);
    return answer !== undefined && "counts" in answer ? answer : undefined;
  }

  /** Resolve the request with that id; an `answer` of undefined means that there is none. */
  resolve(id: number, answer: Answer | undefined): void {
    const pending = this.#pending.get(id);
    if (pending === undefined) return;
    this.#pending.delete(id);
    clearTimeout(pending.timer);
    pending.resolve(answer);
  }

  /** Resolve all pending requests with undefined: the connection is gone. */
  cancelAll(): void {
    for (const id of [...this.#pending.keys()]) this.resolve(id, undefined);
  }

  #request(make: (id: number) => ClientMessage, timeoutMs: number): Promise<Answer | undefined> {
    this.#count += 1;
    const id = this.#count;
    return new Promise((resolve) => {
      if (!this.#send(make(id))) return resolve(undefined);
      const timer = setTimeout(() => this.resolve(id, undefined), timeoutMs);
      this.#pending.set(id, { resolve, timer });
    });
  }
}
