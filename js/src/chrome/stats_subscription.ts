import type { Deck } from "../view/view_context.ts";
import type { Gauges } from "../wire/worker_messages.ts";

/** Has the pictures measured as long as somebody can see what is measured: every number costs a message. */
export class Meter {
  readonly #deck: Deck;
  readonly #show: (gauges: Gauges) => void;
  readonly #crossings: IntersectionObserver;
  #watching: AbortController | undefined;
  #isWanted = false;
  #isOnScreen = true;

  /** `show` is called several times a second. */
  constructor(deck: Deck, show: (gauges: Gauges) => void, signal: AbortSignal) {
    this.#deck = deck;
    this.#show = show;
    this.#crossings = new IntersectionObserver((entries) => {
      this.#isOnScreen = entries.at(-1)?.isIntersecting ?? true;
      this.#update();
    });
    document.addEventListener("visibilitychange", () => this.#update(), { signal });
    signal.addEventListener("abort", () => (this.isWanted = false));
  }

  set isWanted(isWanted: boolean) {
    if (isWanted === this.#isWanted) return;
    this.#isWanted = isWanted;
    this.#isOnScreen = true;
    if (isWanted) this.#crossings.observe(this.#deck.root);
    else this.#crossings.disconnect();
    this.#update();
  }

  #update(): void {
    const isWatching = this.#isWanted && this.#isOnScreen && !document.hidden;
    if (isWatching === (this.#watching !== undefined)) return;
    this.#watching?.abort();
    this.#watching = isWatching ? new AbortController() : undefined;
    if (this.#watching !== undefined) this.#deck.link.watch(this.#show, this.#watching.signal);
  }
}
