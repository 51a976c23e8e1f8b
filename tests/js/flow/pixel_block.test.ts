import assert from "node:assert/strict";
import test from "node:test";
import { PixelBlock, toHex } from "../../../js/src/flow/pixel_block.ts";
import type { Pixels } from "../../../js/src/wire/messages.ts";

function message(channels: number, bytes: readonly number[], size = { width: 2, height: 2 }): Pixels {
  const data = Buffer.from(bytes).toString("base64");
  return { type: "pixels", id: 1, seq: 7, x: 10, y: 20, ...size, channels, data };
}

test("a colour is looked up by frame pixel, and undefined outside the block", () => {
  const patch = PixelBlock.fromMessage(message(3, [1, 2, 3, 4, 5, 6, 7, 8, 9, 253, 254, 255]));
  assert.deepEqual(patch?.at(10, 20), [1, 2, 3, 255]);
  assert.deepEqual(patch?.at(11, 20), [4, 5, 6, 255]);
  assert.deepEqual(patch?.at(10, 21), [7, 8, 9, 255]);
  assert.deepEqual(patch?.at(11, 21), [253, 254, 255, 255]);
  for (const [x, y] of [
    [9, 20],
    [12, 20],
    [10, 19],
    [10, 22],
  ] as const) {
    assert.equal(patch?.at(x, y), undefined);
  }
});

test("four channels include alpha", () => {
  const patch = PixelBlock.fromMessage(message(4, [1, 2, 3, 128, 4, 5, 6, 0], { width: 2, height: 1 }));
  assert.deepEqual(patch?.at(10, 20), [1, 2, 3, 128]);
  assert.deepEqual(patch?.at(11, 20), [4, 5, 6, 0]);
});

test("a message whose data does not match its size is rejected", () => {
  assert.equal(PixelBlock.fromMessage(message(3, [1, 2, 3])), undefined);
  assert.equal(PixelBlock.fromMessage(message(2, [1, 2, 3, 4, 5, 6, 7, 8])), undefined);
  assert.equal(PixelBlock.fromMessage({ ...message(3, []), data: "no base64!" }), undefined);
});

test("a published number is looked up like its colour, if there is one for each pixel", () => {
  const pixels = message(3, [1, 2, 3, 4, 5, 6], { width: 2, height: 1 });
  const block = PixelBlock.fromMessage({ ...pixels, values: ["-1", "nan"] });
  assert.deepEqual([block?.valueAt(10, 20), block?.valueAt(11, 20)], ["-1", "nan"]);
  assert.equal(block?.valueAt(12, 20), undefined);
  assert.equal(PixelBlock.fromMessage(pixels)?.valueAt(10, 20), undefined);
  assert.equal(PixelBlock.fromMessage({ ...pixels, values: ["-1"] })?.valueAt(10, 20), undefined);
});

test("a hexadecimal colour includes alpha unless it is opaque", () => {
  assert.equal(toHex([0, 15, 255, 255]), "#000fff");
  assert.equal(toHex([1, 2, 3, 0]), "#01020300");
});
