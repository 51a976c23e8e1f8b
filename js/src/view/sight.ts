import type { Lens } from "../flow/lens.ts";
import { WHOLE, isSameLens } from "../flow/lens.ts";

/** `isSmooth`: the picture is to glide there, because the step is a large one. */
type Listener = (lens: Lens, isSmooth: boolean) => void;

/** The part of the picture that all views of a link show. */
export class Sight {
  readonly #listeners = new Set<Listener>();
  #lens = WHOLE;

  get lens(): Lens {
    return this.#lens;
  }

  look(lens: Lens, isSmooth: boolean): void {
    if (isSameLens(lens, this.#lens)) return;
    this.#lens = lens;
    for (const listener of [...this.#listeners]) listener(lens, isSmooth);
  }

  follow(listener: Listener, signal: AbortSignal): void {
    this.#listeners.add(listener);
    signal.addEventListener("abort", () => this.#listeners.delete(listener), { once: true });
  }
}
