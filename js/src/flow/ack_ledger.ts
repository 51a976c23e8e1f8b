/** What to acknowledge about one frame. */
export interface SettledFrame {
  readonly seq: number;
  readonly displayed: boolean;
}

interface Entry {
  readonly ticket: number;
  readonly seq: number;
  displayed: boolean | undefined;
}

/**
 * Turns frames that are done with in any order into acks in order.
 *
 * An ack is cumulative: "done with every frame up to seq". One sent while an older frame is still being decoded would
 * give the server a credit that is not there.
 */
export class AckLedger {
  #entries: Entry[] = [];

  /** Frames that are not done with yet, or wait behind one that is not. */
  get size(): number {
    return this.#entries.length;
  }

  open(ticket: number, seq: number): void {
    this.#entries.push({ ticket, seq, displayed: undefined });
  }

  /** Returns the acks that became due, oldest first. A ticket that is unknown, or settled already, changes nothing. */
  settle(ticket: number, displayed: boolean): SettledFrame[] {
    const entry = this.#entries.find((candidate) => candidate.ticket === ticket);
    if (entry !== undefined) entry.displayed ??= displayed;
    const due: SettledFrame[] = [];
    for (let first = this.#entries[0]; first?.displayed !== undefined; first = this.#entries[0]) {
      due.push({ seq: first.seq, displayed: first.displayed });
      this.#entries.shift();
    }
    return due;
  }

  /** Forget the frames of a connection that is gone: nobody waits for their acks. */
  reset(): void {
    this.#entries = [];
  }
}
