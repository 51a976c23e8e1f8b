import { bandBox } from "../flow/band_box.ts";
import type { ViewContext } from "./view_context.ts";

/** The outline of the rectangle that a user is dragging over a figure, wherever its picture is shown. */
export class RubberBand {
  readonly #viewContext: ViewContext;
  readonly #element = document.createElement("div");

  constructor(viewContext: ViewContext, signal: AbortSignal) {
    this.#viewContext = viewContext;
    this.#element.className = "rfb-rubber-band";
    this.#element.setAttribute("part", "rfb-rubber-band");
    viewContext.link.picture.rubberBand.follow(() => this.place(), signal);
  }

  /** Place it again, after the rectangle, the layout or the zoom changed. */
  place(): void {
    const { viewport, layout, zoom, link } = this.#viewContext;
    const rect = link.picture.rubberBand.value;
    if (rect === undefined || layout === undefined) return this.#element.remove();
    const { left, top, width, height } = bandBox(rect, zoom.transform, layout);
    Object.assign(this.#element.style, {
      transform: `translate(${left}px, ${top}px)`,
      width: `${width}px`,
      height: `${height}px`,
    });
    if (!this.#element.isConnected) viewport.append(this.#element);
  }
}
