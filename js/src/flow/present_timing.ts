/** What a presenter needs from its surroundings; page and worker both have it. */
export interface PresentPort<T> {
  readonly paint: (item: T) => void;
  readonly drop: (item: T) => void;
  readonly requestFrame: (callback: () => void) => unknown;
}

/**
 * Decides when a decoded picture is painted: at once, unless one was painted since the last animation frame.
 *
 * Waiting for the animation frame always would cost half a display refresh on average, painting always would cost work
 * that nobody sees. Of those that wait only the newest is painted, the others are dropped.
 */
export class PresentTiming<T> {
  readonly #port: PresentPort<T>;
  #waiting: T | undefined;
  #painted = false;

  constructor(port: PresentPort<T>) {
    this.#port = port;
  }

  offer(item: T): void {
    if (!this.#painted) {
      this.#paint(item);
      return;
    }
    this.clear();
    this.#waiting = item;
  }

  /** Drop the picture that waits. */
  clear(): void {
    const superseded = this.#waiting;
    this.#waiting = undefined;
    if (superseded !== undefined) this.#port.drop(superseded);
  }

  #paint(item: T): void {
    this.#painted = true;
    this.#port.requestFrame(() => this.#onFrame());
    this.#port.paint(item);
  }

  #onFrame(): void {
    this.#painted = false;
    const item = this.#waiting;
    this.#waiting = undefined;
    if (item !== undefined) this.#paint(item);
  }
}
