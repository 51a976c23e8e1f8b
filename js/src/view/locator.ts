import type { Box } from "../flow/geometry.ts";
import { toFramePoint } from "../flow/geometry.ts";
import type { FrameShape } from "../wire/port.ts";

/** Where something happened, as an event says it. */
export interface Location {
  /** Frame pixels. */
  readonly x: number;
  readonly y: number;
  readonly inside: boolean;
  readonly pixel_ratio: number;
  /** CSS pixels from the top left corner of the picture. */
  readonly css_x: number;
  readonly css_y: number;
}

/** The frame that is shown, and where in the viewport. */
export interface Placement {
  readonly shape: FrameShape;
  readonly box: Box;
}

/** Turns the place of a pointer in the window into a place in the frame. */
export class Locator {
  readonly #viewport: HTMLElement;
  readonly #placement: () => Placement | undefined;

  constructor(viewport: HTMLElement, placement: () => Placement | undefined) {
    this.#viewport = viewport;
    this.#placement = placement;
  }

  /** Undefined while no picture is shown: there is nothing to point at. */
  locate({ clientX, clientY }: { readonly clientX: number; readonly clientY: number }): Location | undefined {
    const placement = this.#placement();
    if (placement === undefined) return undefined;
    const { box, shape } = placement;
    const rect = this.#viewport.getBoundingClientRect();
    // A page that is scaled (CSS transform or zoom) shows a CSS pixel of ours larger or smaller than one of its own.
    const css = {
      x: ((clientX - rect.left) * this.#viewport.offsetWidth) / (rect.width || 1),
      y: ((clientY - rect.top) * this.#viewport.offsetHeight) / (rect.height || 1),
    };
    return {
      ...toFramePoint(box, shape, css),
      pixel_ratio: shape.pixelRatio,
      css_x: css.x - box.left,
      css_y: css.y - box.top,
    };
  }
}
