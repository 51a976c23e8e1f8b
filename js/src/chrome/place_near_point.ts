import type { Point, Size } from "../flow/geometry.ts";

/**
 * Return the top left corner of a box near a point: to its right and below, else on the side with more room.
 *
 * The box stays inside `room`, even if it covers the point; a `room` that is too small shows its top left part.
 */
export function placeNearPoint(point: Point, box: Size, room: Size, gap: number): Point {
  return {
    x: placeAlong(point.x, box.width, room.width, gap),
    y: placeAlong(point.y, box.height, room.height, gap),
  };
}

function placeAlong(point: number, length: number, room: number, gap: number): number {
  const fitsAfter = point + gap + length <= room;
  const wanted = fitsAfter || point <= room / 2 ? point + gap : point - gap - length;
  return Math.max(0, Math.min(wanted, room - length));
}
