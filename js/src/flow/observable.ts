/** A value that notifies its followers of changes. */
export class Observable<T> {
  readonly #isSame: (a: T, b: T) => boolean;
  readonly #listeners = new Set<(value: T) => void>();
  #value: T;

  constructor(value: T, isSame: (a: T, b: T) => boolean = Object.is) {
    this.#value = value;
    this.#isSame = isSame;
  }

  get value(): T {
    return this.#value;
  }

  set value(value: T) {
    if (this.#isSame(this.#value, value)) return;
    this.#value = value;
    for (const listener of [...this.#listeners]) listener(value);
  }

  /** True while there is a follower. */
  get isFollowed(): boolean {
    return this.#listeners.size > 0;
  }

  /** Call `listener` with every new value, but not with the current one. */
  follow(listener: (value: T) => void, signal: AbortSignal): void {
    if (signal.aborted) return;
    this.#listeners.add(listener);
    signal.addEventListener("abort", () => this.#listeners.delete(listener), { once: true });
  }
}
