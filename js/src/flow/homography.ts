import type { Point } from "./geometry.ts";

/** The corners of a box as projected on the screen. */
export interface Corners {
  readonly topLeft: Point;
  readonly topRight: Point;
  readonly bottomRight: Point;
  readonly bottomLeft: Point;
}

/**
 * Return where in a box `point` lies, as fractions of its width and height; undefined if the box is edge-on.
 *
 * Any move, scale, rotation, mirroring, skew or tilt of a plane is a homography, which four points determine: P.
 * Heckbert, "Fundamentals of Texture Mapping and Image Warping", 1989, section 2.2.3.
 */
export function unproject({ topLeft, topRight, bottomRight, bottomLeft }: Corners, point: Point): Point | undefined {
  // Relative to one corner, so that a large offset in the window costs no precision.
  const [right, far, down, at] = [topRight, bottomRight, bottomLeft, point].map(({ x, y }) => ({
    x: x - topLeft.x,
    y: y - topLeft.y,
  })) as [Point, Point, Point, Point];
  const upper = { x: right.x - far.x, y: right.y - far.y };
  const lower = { x: down.x - far.x, y: down.y - far.y };
  const rest = { x: far.x - right.x - down.x, y: far.y - right.y - down.y };
  const determinant = cross(upper, lower);
  if (determinant === 0) return undefined;
  const g = cross(rest, lower) / determinant;
  const h = cross(upper, rest) / determinant;
  const across = { x: right.x + g * (right.x - at.x), y: right.y + g * (right.y - at.y) };
  const along = { x: down.x + h * (down.x - at.x), y: down.y + h * (down.y - at.y) };
  const area = cross(across, along);
  return area === 0 ? undefined : { x: cross(at, along) / area, y: cross(across, at) / area };
}

function cross(a: Point, b: Point): number {
  return a.x * b.y - a.y * b.x;
}
