import type { InputContext } from "./input_context.ts";
import { nowS } from "./input_context.ts";

const CSS_PX_PER_LINE = 16;
const CSS_PX_PER_PAGE = 600;

/** Emits wheel events while the picture has the focus or is pressed; otherwise the notebook scrolls. */
export class Wheel {
  readonly #context: InputContext;

  constructor(context: InputContext) {
    this.#context = context;
    // Not passive, so that it can prevent the page from scrolling.
    const options = { passive: false, signal: context.signal };
    context.element.addEventListener("wheel", (event) => this.#onWheel(event), options);
  }

  #onWheel(event: WheelEvent): void {
    if (!this.#context.hasFocus && !this.#context.isPressed) return;
    event.preventDefault();
    event.stopPropagation();
    const location = this.#context.coordinateMapper.locate(event);
    if (location === undefined) return;
    const scale = scaleOf(event);
    this.#context.emit({
      type: "wheel",
      timestamp: nowS(),
      ...location,
      dx: event.deltaX * scale,
      dy: event.deltaY * scale,
      buttons: this.#context.heldButtons,
      modifiers: this.#context.modifiersOf(event),
    });
  }
}

function scaleOf({ deltaMode }: WheelEvent): number {
  if (deltaMode === WheelEvent.DOM_DELTA_LINE) return CSS_PX_PER_LINE;
  if (deltaMode === WheelEvent.DOM_DELTA_PAGE) return CSS_PX_PER_PAGE;
  return 1;
}
