import type { Box, Point, Size } from "../flow/geometry.ts";
import { toFramePoint } from "../flow/geometry.ts";
import type { FrameShape } from "../wire/worker_messages.ts";
import type { ClientPoint, Plane } from "./plane.ts";

/** Where something happened, as an event has it. */
export interface EventLocation {
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
  /** Where it lies in the viewport now. */
  readonly box: Box;
  /** The size it has when nobody has zoomed, CSS pixels. */
  readonly fitted: Size;
}

/** Turns the place of a pointer in the window into a place in the viewport and in the frame. */
export class CoordinateMapper {
  readonly #plane: Plane;
  readonly #placement: () => Placement | undefined;

  /** `plane` is that of the viewport. */
  constructor(plane: Plane, placement: () => Placement | undefined) {
    this.#plane = plane;
    this.#placement = placement;
  }

  /** In the viewport, CSS pixels; its corner where it is seen edge-on, and so cannot be pointed at. */
  cssOf(point: ClientPoint): Point {
    return this.#plane.at(point) ?? { x: 0, y: 0 };
  }

  /** Undefined while no picture is shown: there is nothing to point at. */
  locate(point: ClientPoint): EventLocation | undefined {
    const css = this.#plane.at(point);
    return css && this.locateCss(css);
  }

  /** As `locate`, of a place in the viewport, CSS pixels. */
  locateCss(css: Point): EventLocation | undefined {
    const placement = this.#placement();
    if (placement === undefined) return undefined;
    const { box, fitted, shape } = placement;
    return {
      ...toFramePoint(box, shape, css),
      pixel_ratio: shape.pixelRatio,
      css_x: ((css.x - box.left) * fitted.width) / (box.width || 1),
      css_y: ((css.y - box.top) * fitted.height) / (box.height || 1),
    };
  }
}
