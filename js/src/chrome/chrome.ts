import type { Deck } from "../view/deck.ts";
import type { LinkStatus } from "../view/view.ts";
import { Banner } from "./banner.ts";
import { StatusPill } from "./status.ts";

/** All that lies over the picture of one view. */
export class Chrome {
  readonly #deck: Deck;
  readonly #pill = new StatusPill(() => this.#explain());
  readonly #banner: Banner;
  #status: LinkStatus | undefined;
  #explains = false;

  /** Ends with `signal`. */
  constructor(deck: Deck, _signal: AbortSignal) {
    this.#deck = deck;
    this.#banner = new Banner(() => deck.link.retry());
  }

  show(status: LinkStatus): void {
    this.#status = status;
    this.#pill.show(status);
    this.#showBanner(status);
  }

  /** Take up what Python set. `isQuiet`: nothing may lie over the picture, whatever Python set. */
  apply(isQuiet: boolean): void {
    const { root, link } = this.#deck;
    toggleElement(root, this.#pill.element, link.traits.showsStatus && !isQuiet);
    toggleElement(root, this.#banner.element, link.traits.showsChrome && !isQuiet);
  }

  /** Say how the pictures come here, or nothing any more. */
  #explain(): void {
    this.#explains = !this.#explains;
    if (this.#status !== undefined) this.#showBanner(this.#status);
  }

  #showBanner(status: LinkStatus): void {
    const explanation = this.#explains ? status.why : "";
    this.#banner.show({ ...status, explanation, canRetry: !this.#deck.link.isStatic });
  }
}

function toggleElement(parent: HTMLElement, child: HTMLElement, shown: boolean): void {
  if (!shown) child.remove();
  else if (child.parentElement !== parent) parent.append(child);
}
