import type { ClientMessage, Pixels } from "../wire/messages.ts";

/** The newest frame without loss, as a file. */
export interface Captured {
  readonly mime: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

interface Waiting {
  readonly resolve: (answer: Pixels | Captured | undefined) => void;
  readonly timer: ReturnType<typeof setTimeout>;
}

const PIXELS_WITHIN_MS = 1_000;
const CAPTURED_WITHIN_MS = 10_000;

/** Questions to the server, and their answers. A server that is gone, or too old, does not answer in time. */
export class Requests {
  readonly #send: (message: ClientMessage) => boolean;
  readonly #waiting = new Map<number, Waiting>();
  #count = 0;

  /** `send` tells whether the message can be answered at all. */
  constructor(send: (message: ClientMessage) => boolean) {
    this.#send = send;
  }

  /** The published pixels around a frame pixel; undefined when nobody answers. */
  async inspect(x: number, y: number): Promise<Pixels | undefined> {
    const answer = await this.#ask((id) => ({ type: "inspect", id, x, y }), PIXELS_WITHIN_MS);
    return answer !== undefined && "data" in answer ? answer : undefined;
  }

  /** The newest frame as it was published; undefined when nobody answers. */
  async capture(): Promise<Captured | undefined> {
    const answer = await this.#ask((id) => ({ type: "capture", id }), CAPTURED_WITHIN_MS);
    return answer !== undefined && "bytes" in answer ? answer : undefined;
  }

  /** Hand on what came for the request of that id; undefined when there will be no answer. */
  answer(id: number, answer: Pixels | Captured | undefined): void {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return;
    this.#waiting.delete(id);
    clearTimeout(waiting.timer);
    waiting.resolve(answer);
  }

  /** Nobody will answer any more. */
  abandon(): void {
    for (const id of [...this.#waiting.keys()]) this.answer(id, undefined);
  }

  #ask(make: (id: number) => ClientMessage, withinMs: number): Promise<Pixels | Captured | undefined> {
    this.#count += 1;
    const id = this.#count;
    return new Promise((resolve) => {
      if (!this.#send(make(id))) return resolve(undefined);
      const timer = setTimeout(() => this.answer(id, undefined), withinMs);
      this.#waiting.set(id, { resolve, timer });
    });
  }
}
