import type { IconName } from "./icons.ts";
import { icon } from "./icons.ts";
import { styledElement } from "./styled_element.ts";

/** How a button looks, and what it is called. */
export interface Face {
  readonly icon?: IconName;
  /** In place of an icon. */
  readonly text?: string;
  /** For those who cannot see it. A button that is pressed or not is called the same all the time. */
  readonly name: string;
  /** What it does now, for those who point at it; the name, where that is enough. */
  readonly tooltip?: string;
  readonly isPressed?: boolean;
  readonly isBusy?: boolean;
  readonly isDisabled?: boolean;
}

/** A button of the toolbar. One that can do nothing now keeps the focus, which would be lost else. */
export class ToolButton {
  readonly element = styledElement("button", "rfb-button");
  #face: Face | undefined;

  constructor(press: () => void) {
    this.element.type = "button";
    this.element.tabIndex = -1;
    this.element.addEventListener("click", () => {
      if (!this.#face?.isDisabled && !this.#face?.isBusy) press();
    });
  }

  show(face: Face): void {
    const { element } = this;
    if (face.icon !== this.#face?.icon || face.text !== this.#face?.text) {
      element.replaceChildren(face.icon === undefined ? (face.text ?? "") : icon(face.icon));
    }
    element.classList.toggle("rfb-wide", face.text !== undefined);
    element.setAttribute("aria-label", face.name);
    element.dataset.tooltip = face.tooltip ?? face.name;
    setAttribute(element, "aria-pressed", face.isPressed);
    setAttribute(element, "aria-busy", face.isBusy || undefined);
    setAttribute(element, "aria-disabled", face.isDisabled || undefined);
    this.#face = face;
  }
}

function setAttribute(element: HTMLElement, name: string, value: boolean | undefined): void {
  if (value === undefined) element.removeAttribute(name);
  else element.setAttribute(name, String(value));
}
