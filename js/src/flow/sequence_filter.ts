/** Admits a frame only when it is newer than every frame before it on this connection. */
export class SequenceFilter {
  #last = -1;

  /** False: `seq` is not newer than what came before and must be dropped. */
  accepts(seq: number): boolean {
    if (seq <= this.#last) return false;
    this.#last = seq;
    return true;
  }

  /** A new connection, or a server that negotiates again, may count from the start. */
  reset(): void {
    this.#last = -1;
  }
}
