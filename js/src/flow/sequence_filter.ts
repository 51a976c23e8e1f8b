/** Accepts only frames that are newer than every earlier frame of the connection. */
export class SequenceFilter {
  #last = -1;

  /** Return false if `seq` is not newer and its frame must be dropped. */
  accepts(seq: number): boolean {
    if (seq <= this.#last) return false;
    this.#last = seq;
    return true;
  }

  /** A new connection, or a new negotiation, may restart the sequence. */
  reset(): void {
    this.#last = -1;
  }
}
