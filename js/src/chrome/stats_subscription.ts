import type { ViewContext } from "../view/view_context.ts";
import type { LiveStats } from "../wire/worker_messages.ts";

/** Subscribes to live statistics only while they are visible, because every update costs a message. */
export class StatsSubscription {
  readonly #viewContext: ViewContext;
  readonly #onStats: (liveStats: LiveStats) => void;
  readonly #crossings: IntersectionObserver;
  #following: AbortController | undefined;
  #isWanted = false;
  #isOnScreen = true;

  /** `onStats` is called several times a second. */
  constructor(viewContext: ViewContext, onStats: (liveStats: LiveStats) => void, signal: AbortSignal) {
    this.#viewContext = viewContext;
    this.#onStats = onStats;
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
    if (isWanted) this.#crossings.observe(this.#viewContext.root);
    else this.#crossings.disconnect();
    this.#update();
  }

  #update(): void {
    const isFollowing = this.#isWanted && this.#isOnScreen && !document.hidden;
    if (isFollowing === (this.#following !== undefined)) return;
    this.#following?.abort();
    this.#following = isFollowing ? new AbortController() : undefined;
    if (this.#following !== undefined) this.#viewContext.link.followStats(this.#onStats, this.#following.signal);
  }
}
