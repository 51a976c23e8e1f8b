import type { Desk } from "./input_context.ts";
import { nowS } from "./input_context.ts";

const CSS_PX_PER_LINE = 16;
const CSS_PX_PER_PAGE = 600;

/** The wheel; taken only from somebody who works in the picture, otherwise the notebook scrolls. */
export class Wheel {
  readonly #desk: Desk;

  constructor(desk: Desk) {
    this.#desk = desk;
    // Not passive, because only then can it keep the page from scrolling.
    const options = { passive: false, signal: desk.signal };
    desk.element.addEventListener("wheel", (event) => this.#onWheel(event), options);
  }

  #onWheel(event: WheelEvent): void {
    if (!this.#desk.hasFocus && !this.#desk.isPressed) return;
    event.preventDefault();
    event.stopPropagation();
    const location = this.#desk.locator.locate(event);
    if (location === undefined) return;
    const scale = scaleOf(event);
    this.#desk.emit({
      type: "wheel",
      timestamp: nowS(),
      ...location,
      dx: event.deltaX * scale,
      dy: event.deltaY * scale,
      buttons: this.#desk.held,
      modifiers: this.#desk.modifiersOf(event),
    });
  }
}

function scaleOf({ deltaMode }: WheelEvent): number {
  if (deltaMode === WheelEvent.DOM_DELTA_LINE) return CSS_PX_PER_LINE;
  if (deltaMode === WheelEvent.DOM_DELTA_PAGE) return CSS_PX_PER_PAGE;
  return 1;
}
