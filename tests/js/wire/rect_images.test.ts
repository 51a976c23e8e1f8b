import assert from "node:assert/strict";
import test from "node:test";
import type { RectsHeader } from "../../../js/src/wire/messages.ts";
import { MAX_RECTS } from "../../../js/src/wire/messages.ts";
import { rectImages } from "../../../js/src/wire/rect_images.ts";

const HEADER: RectsHeader = {
  type: "image_rects",
  seq: 7,
  timestamp_us: 0,
  width: 40,
  height: 30,
  base_seq: 5,
  rects: [0, 0, 1, 1, 2, 8, 10, 32, 20, 3],
  mimes: ["image/png", "image/jpeg"],
};
const PAYLOAD = Uint8Array.of(1, 2, 3, 4, 5);

test("each rectangle has its place, its type and its part of the payload", () => {
  const [first, second, ...others] = rectImages(HEADER, PAYLOAD);
  assert.deepEqual(first, { x: 0, y: 0, width: 1, height: 1, mime: "image/png", bytes: Uint8Array.of(1, 2) });
  assert.deepEqual(second, { x: 8, y: 10, width: 32, height: 20, mime: "image/jpeg", bytes: Uint8Array.of(3, 4, 5) });
  assert.deepEqual(others, []);
  assert.equal(second?.bytes.buffer, PAYLOAD.buffer);
});

test("a message may have the most rectangles", () => {
  const rects = Array.from({ length: MAX_RECTS }, () => [39, 29, 1, 1, 1]).flat();
  const mimes = Array.from({ length: MAX_RECTS }, () => "image/png");
  assert.equal(rectImages({ ...HEADER, rects, mimes }, new Uint8Array(MAX_RECTS)).length, MAX_RECTS);
  const more = { ...HEADER, rects: [...rects, 0, 0, 1, 1, 1], mimes: [...mimes, "image/png"] };
  const message = "there must be 1 to 64 rectangles, got 65";
  assert.throws(() => rectImages(more, new Uint8Array(MAX_RECTS + 1)), { name: "WireError", message });
});

const one = (...rect: number[]): Partial<RectsHeader> => ({ rects: rect, mimes: ["image/png"] });
const outside = (rect: string): string => `a rectangle must be inside 40 x 30, got ${rect}`;

const REFUSED: readonly [header: Partial<RectsHeader>, message: string][] = [
  [{ base_seq: 7 }, "base_seq must be less than 7, got 7"],
  [{ base_seq: 8 }, "base_seq must be less than 7, got 8"],
  [{ rects: [], mimes: [] }, "there must be 1 to 64 rectangles, got 0"],
  [{ mimes: ["image/png"] }, "rects must have 5 integers, got 10"],
  [{ mimes: ["image/png", "image/png", "image/png"] }, "rects must have 15 integers, got 10"],
  [one(0, 0, 1, 1), "rects must have 5 integers, got 4"],
  [one(-1, 0, 1, 1, 5), outside("-1,0,1,1")],
  [one(0, -1, 1, 1, 5), outside("0,-1,1,1")],
  [one(0, 0, 0, 1, 5), outside("0,0,0,1")],
  [one(0, 0, 1, -1, 5), outside("0,0,1,-1")],
  [one(0, 0, 41, 1, 5), outside("0,0,41,1")],
  [one(39, 0, 2, 1, 5), outside("39,0,2,1")],
  [one(0, 30, 1, 1, 5), outside("0,30,1,1")],
  [one(2 ** 53 - 1, 0, 2 ** 53 - 1, 1, 5), outside("9007199254740991,0,9007199254740991,1")],
  [one(0, 0, 1, 1, 0), "an image has 0 bytes of the 5 that are left"],
  [one(0, 0, 1, 1, -5), "an image has -5 bytes of the 5 that are left"],
  [one(0, 0, 1, 1, 6), "an image has 6 bytes of the 5 that are left"],
  [one(0, 0, 1, 1, 4), "1 bytes belong to no image"],
];

for (const [fields, message] of REFUSED) {
  test(`hostile rectangles are refused: ${message}`, () => {
    assert.throws(() => rectImages({ ...HEADER, ...fields }, PAYLOAD), { name: "WireError", message });
  });
}
