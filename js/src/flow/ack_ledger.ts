/** The content of one ack. */
export interface SettledFrame {
  readonly seq: number;
  readonly displayed: boolean;
  /** When the frame was received. */
  readonly receivedMs: number;
}

interface Entry {
  readonly ticket: number;
  readonly seq: number;
  readonly receivedMs: number;
  displayed: boolean | undefined;
}

/**
 * Turns frames that finish in any order into acks in order.
 *
 * An ack is cumulative: it covers every frame up to `seq`. One sent while an older frame is still being decoded would
 * give the server a credit too early.
 */
export class AckLedger {
  #entries: Entry[] = [];

  /** Frames that are not finished yet, or wait for an older one. */
  get size(): number {
    return this.#entries.length;
  }

  open(ticket: number, seq: number, receivedMs: number): void {
    this.#entries.push({ ticket, seq, receivedMs, displayed: undefined });
  }

  /** Return the acks that became due, oldest first. A ticket that is unknown or already settled changes nothing. */
  settle(ticket: number, displayed: boolean): SettledFrame[] {
    const entry = this.#entries.find((candidate) => candidate.ticket === ticket);
    if (entry !== undefined) entry.displayed ??= displayed;
    const due: SettledFrame[] = [];
    for (let first = this.#entries[0]; first?.displayed !== undefined; first = this.#entries[0]) {
      due.push({ seq: first.seq, displayed: first.displayed, receivedMs: first.receivedMs });
      this.#entries.shift();
    }
    return due;
  }

  /** Forget the frames of a closed connection, which need no acks. */
  reset(): void {
    this.#entries = [];
  }
}
