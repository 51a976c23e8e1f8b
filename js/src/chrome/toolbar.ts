import { rovingIndex } from "./roving_tabindex.ts";
import { styledElement } from "./styled_element.ts";
import { ToolButton } from "./tool_button.ts";

/** So few take no more room than is theirs anyway. */
const FEW = 3;

/**
 * One place in the order of tabs for all its buttons: the arrow keys go from one to the next.
 *
 * In a small view, which they would cover, they are behind one button until somebody asks for them; the style sheet knows
 * how small that is.
 */
export class Toolbar {
  readonly element = styledElement("div", "rfb-toolbar");
  readonly #more = new ToolButton(() => this.#open());
  readonly #onLeave: () => void;
  #buttons: readonly HTMLElement[] = [];
  #current: HTMLElement | undefined;

  /** `leave` is called when a person wants back to the picture. */
  constructor(onLeave: () => void) {
    this.#onLeave = onLeave;
    const { element } = this;
    element.setAttribute("role", "toolbar");
    element.setAttribute("aria-label", "Picture");
    this.#more.show({ icon: "more", name: "Tools" });
    this.#more.element.classList.add("rfb-more");
    this.#more.element.tabIndex = 0;
    element.addEventListener("keydown", (event) => this.#onKey(event));
    element.addEventListener("focusin", ({ target }) => this.#settle(target));
    // A press leaves the focus where it is: with the picture, whose keys a person may be using.
    element.addEventListener("mousedown", (event) => event.preventDefault());
  }

  /** Hold these buttons, in this order. */
  hold(buttons: readonly HTMLElement[]): void {
    const { element } = this;
    element.hidden = buttons.length === 0;
    element.classList.toggle("rfb-few", buttons.length <= FEW);
    const isSame = buttons.length === this.#buttons.length && buttons.every((each, i) => each === this.#buttons[i]);
    // A button that is moved in the page loses the focus.
    if (!isSame) element.replaceChildren(this.#more.element, ...buttons);
    this.#buttons = buttons;
    this.#settle(buttons.find((each) => each === this.#current) ?? buttons[0]);
  }

  /** Put the tools of a small view away. */
  close(): void {
    this.element.classList.remove("rfb-open");
  }

  #open(): void {
    const hadFocus = this.#more.element.matches(":focus-visible");
    this.element.classList.add("rfb-open");
    if (hadFocus) this.#current?.focus({ preventScroll: true });
  }

  #settle(target: EventTarget | null | undefined): void {
    if (!(target instanceof HTMLElement) || !this.#buttons.includes(target)) return;
    if (this.#current !== undefined) this.#current.tabIndex = -1;
    this.#current = target;
    target.tabIndex = 0;
  }

  #onKey(event: KeyboardEvent): void {
    if (event.ctrlKey || event.altKey || event.metaKey || event.key === "Tab") return;
    // The notebook has shortcuts for the same keys.
    event.stopPropagation();
    if (event.key === "Escape") return this.#onLeave();
    const index = this.#buttons.findIndex((each) => each === this.#current);
    const next = this.#buttons[rovingIndex(event.key, index, this.#buttons.length) ?? -1];
    if (next === undefined) return;
    event.preventDefault();
    next.focus({ preventScroll: true });
  }
}
