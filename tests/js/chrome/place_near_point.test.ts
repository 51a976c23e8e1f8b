import assert from "node:assert/strict";
import test from "node:test";
import { placeNearPoint } from "../../../js/src/chrome/place_near_point.ts";
import { seededRandom } from "../helpers.ts";

const ROOM = { width: 600, height: 400 };
const THING = { width: 120, height: 180 };

test("the box is right of and below the point, and flips if it does not fit", () => {
  assert.deepEqual(placeNearPoint({ x: 100, y: 50 }, THING, ROOM, 10), { x: 110, y: 60 });
  assert.deepEqual(placeNearPoint({ x: 590, y: 50 }, THING, ROOM, 10), { x: 460, y: 60 });
  assert.deepEqual(placeNearPoint({ x: 100, y: 390 }, THING, ROOM, 10), { x: 110, y: 200 });
});

test("a room that is too small shows the box's top left part", () => {
  assert.deepEqual(placeNearPoint({ x: 30, y: 30 }, THING, { width: 60, height: 60 }, 10), { x: 0, y: 0 });
});

test("the box never leaves the room, and covers the point only if neither side fits", () => {
  const random = seededRandom(5);
  for (let round = 0; round < 500; round += 1) {
    const room = { width: 120 + 500 * random(), height: 180 + 500 * random() };
    const point = { x: room.width * random(), y: room.height * random() };
    const { x, y } = placeNearPoint(point, THING, room, 10);
    assert.ok(x >= 0 && y >= 0 && x + THING.width <= room.width && y + THING.height <= room.height);
    const covers = x < point.x + 10 && x + THING.width > point.x - 10;
    const hasRoom = point.x + 10 + THING.width <= room.width || point.x - 10 - THING.width >= 0;
    assert.equal(covers, !hasRoom);
  }
});
