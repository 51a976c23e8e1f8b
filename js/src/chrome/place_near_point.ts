import type { Point, Size } from "../flow/geometry.ts";

/**
 * The top left corner of a thing beside a point: to its right and below, else where there is more room.
 *
 * It stays in the room, over the point if need be; a room that is too small shows its top left part.
 */
export function placeNearPoint(point: Point, thing: Size, room: Size, gap: number): Point {
  return {
    x: placeAlong(point.x, thing.width, room.width, gap),
    y: placeAlong(point.y, thing.height, room.height, gap),
  };
}

function placeAlong(point: number, length: number, room: number, gap: number): number {
  const fitsAfter = point + gap + length <= room;
  const wanted = fitsAfter || point <= room / 2 ? point + gap : point - gap - length;
  return Math.max(0, Math.min(wanted, room - length));
}
