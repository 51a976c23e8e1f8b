import type { IconName } from "./icons.ts";
import { icon } from "./icons.ts";
import { styledElement } from "./styled_element.ts";

/** The appearance and the accessible name of a button. */
export interface Face {
  readonly icon?: IconName;
  /** Shown instead of an icon. */
  readonly text?: string;
  /** The accessible name. That of a toggle button does not change with its state. */
  readonly name: string;
  /** What a click does now; defaults to the name. */
  readonly tooltip?: string;
  readonly isPressed?: boolean;
  readonly isBusy?: boolean;
  readonly isDisabled?: boolean;
}

/** A button of the toolbar. It is never `disabled`, which would lose the focus, only `aria-disabled`. */
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
