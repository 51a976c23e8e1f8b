import { styledElement } from "./styled_element.ts";

/** A line of text in the lower right corner, such as the coordinates under the pointer; hidden while empty. */
export class Readout {
  readonly element = styledElement("div", "rfb-readout");

  show(text: string): void {
    if (this.element.textContent !== text) this.element.textContent = text;
  }
}
