import { boxIn, placePopup } from "./place_popup.ts";

/** Shows the `data-tooltip` of an element that is hovered or has the keyboard focus. */
export class Tooltip {
  readonly element = document.createElement("div");
  readonly #layer: HTMLElement;
  #anchor: HTMLElement | undefined;

  /** `layer` contains these elements; the tooltip stays inside it. */
  constructor(layer: HTMLElement, signal: AbortSignal) {
    this.#layer = layer;
    this.element.className = "rfb-tooltip";
    // Screen readers already have its text as the element's name or description.
    this.element.setAttribute("aria-hidden", "true");
    const look = ({ target }: Event): void => this.#show(target);
    layer.addEventListener("pointerover", (event) => event.pointerType === "touch" || look(event), { signal });
    layer.addEventListener("pointerleave", () => this.hide(), { signal });
    layer.addEventListener("pointerdown", () => this.hide(), { signal });
    layer.addEventListener("focusin", (event) => hasKeyboardFocus(event.target) && look(event), { signal });
    layer.addEventListener("focusout", () => this.hide(), { signal });
    layer.addEventListener("keydown", ({ key }) => key === "Escape" && this.hide(), { signal });
  }

  hide(): void {
    this.#anchor = undefined;
    this.element.classList.remove("rfb-shown");
  }

  /** Update the tooltip if its text has changed. */
  refresh(): void {
    const text = this.#anchor?.dataset.tooltip;
    if (this.#anchor === undefined || text === this.element.textContent) return;
    this.#show(this.#anchor);
  }

  #show(target: EventTarget | null): void {
    const anchor = target instanceof Element ? target.closest<HTMLElement>("[data-tooltip]") : null;
    const text = anchor?.dataset.tooltip ?? "";
    if (anchor === null || text === "") return this.hide();
    this.#anchor = anchor;
    this.element.textContent = text;
    const { style, offsetWidth: width, offsetHeight: height } = this.element;
    const { left, top } = placePopup({ width, height }, boxIn(this.#layer, anchor), {
      width: this.#layer.clientWidth,
      height: this.#layer.clientHeight,
    });
    style.left = `${left}px`;
    style.top = `${top}px`;
    this.element.classList.add("rfb-shown");
  }
}

function hasKeyboardFocus(target: EventTarget | null): boolean {
  return target instanceof Element && target.matches(":focus-visible");
}
