import { rovingIndex } from "./roving_tabindex.ts";
import { styledElement } from "./styled_element.ts";
import { ToolButton } from "./tool_button.ts";

/** Up to this many buttons are shown even in a small view. */
const FEW = 3;
/** More than this many buttons collapse in a somewhat larger view too. */
const MANY = 11;

/**
 * A toolbar with one tab stop: the arrow keys move between its buttons (roving tabindex).
 *
 * In a small view, which the buttons would cover, they collapse into a single "Tools" button; the style sheet defines
 * what is small.
 */
export class Toolbar {
  readonly element = styledElement("div", "rfb-toolbar");
  readonly #more = new ToolButton(() => this.#open());
  readonly #onLeave: () => void;
  #buttons: readonly HTMLElement[] = [];
  #current: HTMLElement | undefined;

  /** `onLeave` is called when Escape should move the focus back to the picture. */
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
    // A press must not take the focus from the picture, whose keys the user may be using.
    element.addEventListener("mousedown", (event) => event.preventDefault());
  }

  /** Show these buttons, in this order. */
  hold(buttons: readonly HTMLElement[]): void {
    const { element } = this;
    element.hidden = buttons.length === 0;
    element.classList.toggle("rfb-few", buttons.length <= FEW);
    element.classList.toggle("rfb-many", buttons.length > MANY);
    const isSame = buttons.length === this.#buttons.length && buttons.every((each, i) => each === this.#buttons[i]);
    // A button that moves in the DOM loses the focus.
    if (!isSame) element.replaceChildren(this.#more.element, ...buttons);
    this.#buttons = buttons;
    this.#settle(buttons.find((each) => each === this.#current) ?? buttons[0]);
  }

  /** Collapse the toolbar of a small view. */
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
