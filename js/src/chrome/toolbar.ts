import { rove } from "../flow/rove.ts";
import { part } from "./part.ts";

/** One place in the order of tabs for all its buttons: the arrow keys go from one to the next. */
export class Toolbar {
  readonly element = part("div", "rfb-toolbar");
  readonly #leave: () => void;
  #current: HTMLElement | undefined;

  /** `leave` is called when a person wants back to the picture. */
  constructor(leave: () => void) {
    this.#leave = leave;
    const { element } = this;
    element.setAttribute("role", "toolbar");
    element.setAttribute("aria-label", "Picture");
    element.addEventListener("keydown", (event) => this.#onKey(event));
    element.addEventListener("focusin", ({ target }) => this.#settle(target));
    // A press leaves the focus where it is: with the picture, whose keys a person may be using.
    element.addEventListener("mousedown", (event) => event.preventDefault());
  }

  /** Hold these buttons, in this order. */
  hold(buttons: readonly HTMLElement[]): void {
    const { element } = this;
    element.hidden = buttons.length === 0;
    const isSame =
      buttons.length === element.children.length && buttons.every((each, i) => element.children[i] === each);
    // A button that is moved in the page loses the focus.
    if (!isSame) element.replaceChildren(...buttons);
    this.#settle(buttons.find((each) => each === this.#current) ?? buttons[0]);
  }

  #settle(target: EventTarget | null | undefined): void {
    if (!(target instanceof HTMLElement) || target.parentElement !== this.element) return;
    if (this.#current !== undefined) this.#current.tabIndex = -1;
    this.#current = target;
    target.tabIndex = 0;
  }

  #onKey(event: KeyboardEvent): void {
    if (event.ctrlKey || event.altKey || event.metaKey || event.key === "Tab") return;
    // The notebook has shortcuts for the same keys.
    event.stopPropagation();
    if (event.key === "Escape") return this.#leave();
    const buttons = [...this.element.children].filter((each) => each instanceof HTMLElement);
    const index = buttons.findIndex((each) => each === this.#current);
    const next = buttons[rove(event.key, index, buttons.length) ?? -1];
    if (next === undefined) return;
    event.preventDefault();
    next.focus({ preventScroll: true });
  }
}
