import { icon } from "./icons.ts";
import { boxIn, placePopup } from "./place_popup.ts";
import { rovingIndex } from "./roving_tabindex.ts";
import { styledElement } from "./styled_element.ts";

export interface Choice {
  readonly value: string;
  readonly text: string;
}

interface MenuOptions {
  readonly label: string;
  readonly choices: readonly Choice[];
  readonly chosen: string;
  readonly choose: (value: string) => void;
}

interface Opened {
  readonly element: HTMLElement;
  readonly closing: AbortController;
  /** What had the focus before. */
  readonly before: Element | null;
}

/** A popup menu over the picture that selects one of several choices. */
export class Menu {
  readonly #layer: HTMLElement;
  readonly #anchor: HTMLElement;
  readonly #onClose: () => void;
  #open: Opened | undefined;

  /** `onClose` is called each time the menu closes. */
  constructor(layer: HTMLElement, anchor: HTMLElement, onClose: () => void, signal: AbortSignal) {
    this.#layer = layer;
    this.#anchor = anchor;
    this.#onClose = onClose;
    anchor.setAttribute("aria-haspopup", "menu");
    anchor.setAttribute("aria-expanded", "false");
    signal.addEventListener("abort", () => this.#close(false));
  }

  toggle(options: MenuOptions): void {
    if (this.#open === undefined) this.#show(options);
    else this.#close(true);
  }

  #show({ label, choices, chosen, choose }: MenuOptions): void {
    const element = styledElement("div", "rfb-menu");
    element.setAttribute("role", "menu");
    element.setAttribute("aria-label", label);
    for (const { value, text } of choices) {
      element.append(
        this.#item(text, value === chosen, () => {
          this.#close(true);
          choose(value);
        }),
      );
    }
    const closing = new AbortController();
    this.#open = { element, closing, before: focusedBeside(this.#anchor) };
    this.#layer.append(element);
    this.#place(element);
    this.#anchor.setAttribute("aria-expanded", "true");
    this.#listen(element, closing.signal);
    const first = element.querySelector<HTMLElement>('[aria-checked="true"]') ?? itemsOf(element)[0];
    first?.focus({ preventScroll: true });
    first?.scrollIntoView({ block: "nearest" });
  }

  #item(text: string, isChosen: boolean, choose: () => void): HTMLElement {
    const item = document.createElement("div");
    item.className = "rfb-menu-item";
    item.setAttribute("role", "menuitemradio");
    item.setAttribute("aria-checked", String(isChosen));
    item.tabIndex = -1;
    item.append(icon("check"), text);
    item.addEventListener("click", choose);
    return item;
  }

  #place(element: HTMLElement): void {
    const { clientWidth: width, clientHeight: height } = this.#layer;
    const size = { width: element.offsetWidth, height: element.offsetHeight };
    const { left, top, maxHeight } = placePopup(size, boxIn(this.#layer, this.#anchor), { width, height });
    element.style.left = `${left}px`;
    element.style.top = `${top}px`;
    element.style.maxHeight = `${maxHeight}px`;
  }

  #listen(element: HTMLElement, signal: AbortSignal): void {
    element.addEventListener("keydown", (event) => this.#onKey(event, element), { signal });
    const onPress = (event: Event): void => {
      const path = event.composedPath();
      if (!path.includes(element) && !path.includes(this.#anchor)) this.#close(false);
    };
    window.addEventListener("pointerdown", onPress, { signal, capture: true });
    element.addEventListener(
      "focusout",
      ({ relatedTarget }) => {
        if (relatedTarget instanceof Node && !element.contains(relatedTarget)) this.#close(false);
      },
      { signal },
    );
  }

  #onKey(event: KeyboardEvent, element: HTMLElement): void {
    const items = itemsOf(element);
    const index = items.findIndex((item) => item.matches(":focus"));
    if (event.key === "Escape") this.#close(true);
    else if (event.key === "Enter" || event.key === " ") items[index]?.click();
    else if (event.key === "Tab") return this.#close(true);
    else items[rovingIndex(event.key, index, items.length) ?? -1]?.focus();
    event.preventDefault();
    // Otherwise the toolbar would move the focus to the picture.
    event.stopPropagation();
  }

  #close(restoresFocus: boolean): void {
    if (this.#open === undefined) return;
    const { element, closing, before } = this.#open;
    this.#open = undefined;
    closing.abort();
    element.remove();
    this.#anchor.setAttribute("aria-expanded", "false");
    if (restoresFocus) (before instanceof HTMLElement ? before : this.#anchor).focus({ preventScroll: true });
    this.#onClose();
  }
}

function itemsOf(menu: HTMLElement): HTMLElement[] {
  return [...menu.querySelectorAll<HTMLElement>(".rfb-menu-item")];
}

/** Return the focused element in the tree of `element`. */
function focusedBeside(element: HTMLElement): Element | null {
  const tree = element.getRootNode();
  const focused = tree instanceof Document || tree instanceof ShadowRoot ? tree.activeElement : null;
  return focused === document.body ? null : focused;
}
