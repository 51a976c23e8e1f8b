import type { Box, Point, Size } from "../flow/geometry.ts";
import { toFramePoint } from "../flow/geometry.ts";
import type { FrameShape } from "../wire/worker_messages.ts";
import type { ClientPoint, Plane } from "./plane.ts";

/** The location fields of an event. */
export interface EventLocation {
  /** Frame pixels. */
  readonly x: number;
  readonly y: number;
  readonly inside: boolean;
  readonly pixel_ratio: number;
  /** CSS pixels from the top left corner of the unzoomed picture, which plotting libraries draw for. */
  readonly css_x: number;
  readonly css_y: number;
}

/** The displayed frame and where it is. */
export interface Placement {
  readonly shape: FrameShape;
  /** Where it is in the viewport. */
  readonly box: Box;
  /** Its unzoomed size, CSS pixels. */
  readonly fitted: Size;
}

/** Maps window coordinates of a pointer to the viewport and to the frame. */
export class CoordinateMapper {
  readonly #plane: Plane;
  readonly #placement: () => Placement | undefined;

  /** `plane` maps to the viewport. */
  constructor(plane: Plane, placement: () => Placement | undefined) {
    this.#plane = plane;
    this.#placement = placement;
  }

  /** Map to CSS pixels of the viewport; to its corner if it is edge-on. */
  cssOf(point: ClientPoint): Point {
    return this.#plane.at(point) ?? { x: 0, y: 0 };
  }

  /** Map to an event's location; undefined before there is a picture. */
  locate(point: ClientPoint): EventLocation | undefined {
    const css = this.#plane.at(point);
    return css && this.locateCss(css);
  }

  /** Like `locate`, for a point in CSS pixels of the viewport. */
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
