import type { Point } from "../flow/geometry.ts";
import { unproject } from "../flow/homography.ts";

/** A point in the window, as DOM events give it. */
export interface ClientPoint {
  readonly clientX: number;
  readonly clientY: number;
}

/** Rounds away numerical errors, so that pixel edges are exact; finer than any screen. */
const STEPS_PER_CSS_PX = 1024;

/**
 * Maps points in the window to an element's own coordinates under any CSS transform of the page: scaled, zoomed,
 * rotated, mirrored or tilted in 3D.
 *
 * The bounding box does not determine the transform, and the offsets of captured events differ by browser. So a marker
 * of zero size is placed in each corner. They are measured on every call (8 to 10 µs), because no event reports that
 * the element moved.
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

  /** Map a point in the window to CSS pixels of the element; undefined if the element is edge-on or has no area. */
  at({ clientX, clientY }: ClientPoint): Point | undefined {
    const corners = {
      topLeft: placeOf(this.#topLeft),
      topRight: placeOf(this.#topRight),
      bottomRight: placeOf(this.#bottomRight),
      bottomLeft: placeOf(this.#bottomLeft),
    };
    const fraction = unproject(corners, { x: clientX, y: clientY });
    // Not `clientWidth`, which is rounded to whole pixels.
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
