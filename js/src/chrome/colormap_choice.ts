import { COLORMAP_NAMES, Colormap, DEFAULT_COLORMAP } from "../flow/colormap.ts";
import { rovingIndex } from "./roving_tabindex.ts";

/** Chooses one of the built-in colormaps, or keeps the current one; a group of radio buttons with a strip each. */
export class ColormapChoice {
  readonly element = document.createElement("div");
  readonly #choose: (name: string) => void;
  #names: readonly string[] = [];
  #chosen = "";

  constructor(choose: (name: string) => void) {
    this.#choose = choose;
    this.element.className = "rfb-colormaps";
    this.element.setAttribute("role", "radiogroup");
    this.element.setAttribute("aria-label", "Colors");
    this.element.addEventListener("keydown", (event) => this.#onKey(event));
  }

  /** Show which one is in use; empty for gray. */
  show(name: string): void {
    const chosen = name || DEFAULT_COLORMAP;
    const names = COLORMAP_NAMES.includes(chosen) ? COLORMAP_NAMES : [...COLORMAP_NAMES, chosen];
    if (names.join() !== this.#names.join()) this.element.replaceChildren(...names.map((each) => this.#item(each)));
    this.#names = names;
    if (chosen === this.#chosen) return;
    this.#chosen = chosen;
    for (const [index, item] of [...this.element.children].entries()) {
      const isChosen = names[index] === chosen;
      item.setAttribute("aria-checked", String(isChosen));
      if (item instanceof HTMLElement) item.tabIndex = isChosen ? 0 : -1;
    }
  }

  #item(name: string): HTMLElement {
    const item = document.createElement("div");
    item.className = "rfb-colormap";
    item.setAttribute("role", "radio");
    item.setAttribute("aria-checked", "false");
    item.tabIndex = -1;
    const strip = document.createElement("span");
    strip.className = "rfb-colormap-strip";
    strip.style.backgroundImage = Colormap.named(name)?.gradient ?? "";
    const text = document.createElement("span");
    text.className = "rfb-colormap-name";
    text.textContent = name;
    item.append(strip, text);
    item.addEventListener("click", () => this.#choose(name));
    // The names are new elements of an old choice.
    this.#chosen = "";
    return item;
  }

  #onKey(event: KeyboardEvent): void {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const index = this.#names.indexOf(this.#chosen);
    const next = event.key === " " ? index : rovingIndex(event.key, index, this.#names.length);
    const name = this.#names[next ?? -1];
    if (next === undefined || name === undefined) return;
    event.preventDefault();
    this.#choose(name);
    const item = this.element.children[next];
    if (item instanceof HTMLElement) item.focus();
  }
}
