import type { Size } from "../flow/geometry.ts";
import { toFramePoint } from "../flow/geometry.ts";
import type { FrameShape } from "../wire/port.ts";

/** Where something happened, as an event says it. */
export interface Location {
  /** Frame pixels. */
  readonly x: number;
  readonly y: number;
  readonly inside: boolean;
  readonly pixel_ratio: number;
  /** CSS pixels from the top left corner of the picture as it is when nobody has zoomed: a library draws for that one. */
  readonly css_x: number;
  readonly css_y: number;
}

/** The frame that is shown, and what shows it. */
export interface Placement {
  readonly shape: FrameShape;
  readonly canvas: HTMLCanvasElement;
  /** The size of the canvas when nobody has zoomed, CSS pixels. */
  readonly fitted: Size;
}

/** Turns the place of a pointer in the window into a place in the frame. */
export class Locator {
  readonly #placement: () => Placement | undefined;

  constructor(placement: () => Placement | undefined) {
    this.#placement = placement;
  }

  /** Undefined while no picture is shown: there is nothing to point at. */
  locate({ clientX, clientY }: { readonly clientX: number; readonly clientY: number }): Location | undefined {
    const placement = this.#placement();
    if (placement === undefined) return undefined;
    const { canvas, fitted, shape } = placement;
    // Where it is in the window now: zoomed, on its way there, in a page that is scaled itself.
    const box = canvas.getBoundingClientRect();
    const css = { x: clientX - box.left, y: clientY - box.top };
    return {
      ...toFramePoint({ left: 0, top: 0, width: box.width, height: box.height }, shape, css),
      pixel_ratio: shape.pixelRatio,
      css_x: (css.x * fitted.width) / (box.width || 1),
      css_y: (css.y * fitted.height) / (box.height || 1),
    };
  }
}
