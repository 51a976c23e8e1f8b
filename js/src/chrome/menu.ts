import { icon } from "./icons.ts";
import { placePopup } from "./place_popup.ts";
import { Popover } from "./popover.ts";
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

/** A popup menu over the picture that selects one of several choices. */
export class Menu {
  readonly #popover: Popover;

  /** `onClose` is called each time the menu closes. */
  constructor(layer: HTMLElement, anchor: HTMLElement, onClose: () => void, signal: AbortSignal) {
    this.#popover = new Popover(layer, anchor, { kind: "menu", place: placePopup, onClose }, signal);
  }

  toggle(options: MenuOptions): void {
    if (this.#popover.isOpen) this.#popover.close(true);
    else this.#show(options);
  }

  #show({ label, choices, chosen, choose }: MenuOptions): void {
    const element = styledElement("div", "rfb-menu");
    element.setAttribute("role", "menu");
    element.setAttribute("aria-label", label);
    for (const { value, text } of choices) {
      element.append(
        this.#item(text, value === chosen, () => {
          this.#popover.close(true);
          choose(value);
        }),
      );
    }
    const signal = this.#popover.open(element);
    element.addEventListener("keydown", (event) => this.#onKey(event, element), { signal });
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

  #onKey(event: KeyboardEvent, element: HTMLElement): void {
    const items = itemsOf(element);
    const index = items.findIndex((item) => item.matches(":focus"));
    if (event.key === "Escape") this.#popover.close(true);
    else if (event.key === "Enter" || event.key === " ") items[index]?.click();
    else if (event.key === "Tab") return this.#popover.close(true);
    else items[rovingIndex(event.key, index, items.length) ?? -1]?.focus();
    event.preventDefault();
    // Otherwise the toolbar would move the focus to the picture.
    event.stopPropagation();
  }
}

function itemsOf(menu: HTMLElement): HTMLElement[] {
  return [...menu.querySelectorAll<HTMLElement>(".rfb-menu-item")];
}
