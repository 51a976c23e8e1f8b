import type { Point } from "../flow/geometry.ts";
import { unproject } from "../flow/homography.ts";

/** A place in the window, as events have it. */
export interface ClientPoint {
  readonly clientX: number;
  readonly clientY: number;
}

/** Finer than any screen, and coarse enough that the edge of a pixel is met exactly. */
const STEPS_PER_CSS_PX = 1024;

/**
 * Turns places in the window into places in an element, whatever the page does to it: it may be scaled, zoomed, turned,
 * mirrored, or tilted in space.
 *
 * Its bounding box does not show which of these it is, and the offsets of a captured event differ by browser. So an
 * element without a size stands in each of its corners. They are asked each time (measured: 8 to 10 µs), because no
 * event reports that a page moved what is in it.
 */
export class Plane {
  readonly #style: CSSStyleDeclaration;
  readonly #topLeft: HTMLElement;
  readonly #topRight: HTMLElement;
  readonly #bottomRight: HTMLElement;
  readonly #bottomLeft: HTMLElement;

  /** `element` is positioned and has neither border nor padding. */
  constructor(element: HTMLElement) {
    this.#style = getComputedStyle(element);
    this.#topLeft = cornerOf(element, "0", "0");
    this.#topRight = cornerOf(element, "100%", "0");
    this.#bottomRight = cornerOf(element, "100%", "100%");
    this.#bottomLeft = cornerOf(element, "0", "100%");
  }

  /** What of the element is seen at a place in the window, CSS pixels; undefined where it is seen edge-on, or not at all. */
  at({ clientX, clientY }: ClientPoint): Point | undefined {
    const corners = {
      topLeft: placeOf(this.#topLeft),
      topRight: placeOf(this.#topRight),
      bottomRight: placeOf(this.#bottomRight),
      bottomLeft: placeOf(this.#bottomLeft),
    };
    const fraction = unproject(corners, { x: clientX, y: clientY });
    // Not the element's own size, which is in whole pixels.
    return (
      fraction && {
        x: stepped(fraction.x * parseFloat(this.#style.width)),
        y: stepped(fraction.y * parseFloat(this.#style.height)),
      }
    );
  }
}

function cornerOf(element: HTMLElement, left: string, top: string): HTMLElement {
  const corner = document.createElement("span");
  corner.className = "rfb-corner-mark";
  Object.assign(corner.style, { left, top });
  element.append(corner);
  return corner;
}

function placeOf(corner: HTMLElement): Point {
  return corner.getBoundingClientRect();
}

function stepped(css: number): number {
  return Math.round(css * STEPS_PER_CSS_PX) / STEPS_PER_CSS_PX;
}
