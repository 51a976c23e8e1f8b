import assert from "node:assert/strict";
import test from "node:test";
import { CanvasChoice } from "../../../js/src/flow/canvas_choice.ts";

const FRAME = { width: 16_384, height: 16_384 };

test("whole pictures are not drawn until there were rectangles", () => {
  const choice = new CanvasChoice();
  for (let count = 0; count < 100; count += 1) assert.equal(choice.isDrawn(true, FRAME), false);
  assert.equal(choice.isDrawn(false, FRAME), true);
  assert.equal(choice.isDrawn(true, FRAME), true);
});

test("after many whole pictures in a row they are not drawn any more", () => {
  const choice = new CanvasChoice();
  for (const round of [1, 2]) {
    assert.equal(choice.isDrawn(false, FRAME), true, `round ${round}`);
    const wholes = Array.from({ length: 40 }, () => choice.isDrawn(true, FRAME));
    assert.equal(wholes.indexOf(false), 29);
    assert.equal(wholes.lastIndexOf(true), 28);
  }
});

test("rectangles in between start the count anew", () => {
  const choice = new CanvasChoice();
  for (let round = 0; round < 5; round += 1) {
    assert.equal(choice.isDrawn(false, FRAME), true);
    for (let count = 0; count < 29; count += 1) assert.equal(choice.isDrawn(true, FRAME), true);
  }
});

test("no picture of a frame that is too large for a canvas is drawn, and its successors are drawn after rectangles only", () => {
  const choice = new CanvasChoice();
  const larger = { width: FRAME.width + 1, height: FRAME.height };
  assert.equal(choice.isDrawn(false, FRAME), true);
  assert.equal(choice.isDrawn(true, larger), false);
  assert.equal(choice.isDrawn(true, FRAME), false);
  assert.equal(choice.isDrawn(false, FRAME), true);
});
