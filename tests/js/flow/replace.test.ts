import assert from "node:assert/strict";
import test from "node:test";
import { draw, drawNext, replace, replaceRects } from "../../../js/src/flow/replace.ts";

test("a picture replaces the whole content, even after the canvas reset its operation", () => {
  const drawn: string[] = [];
  const context = {
    globalCompositeOperation: "source-over" as GlobalCompositeOperation,
    fillRect: () => assert.fail("drawing replaces everything"),
    drawImage(_: unknown, ...place: number[]): void {
      drawn.push(`${this.globalCompositeOperation} ${place.join(" ")}`);
    },
  };
  const size = { width: 8, height: 5 };
  replace(context, {} as ImageBitmap, size);
  context.globalCompositeOperation = "source-over";
  replace(context, {} as ImageBitmap, size);
  replace(null, {} as ImageBitmap, size);
  assert.deepEqual(drawn, ["copy 0 0 8 5", "copy 0 0 8 5"]);
});

/** A canvas that logs what is drawn on it. */
function makeCanvas(width: number, height: number) {
  const log: string[] = [];
  const context = {
    globalCompositeOperation: "source-over" as GlobalCompositeOperation,
    fillRect(...box: number[]): void {
      log.push(`${this.globalCompositeOperation} fill ${box.join(" ")}`);
    },
    drawImage(_: unknown, ...place: number[]): void {
      log.push(`${this.globalCompositeOperation} ${place.join(" ")}`);
    },
  };
  const canvas = { width, height, getContext: () => context as unknown as CanvasRenderingContext2D };
  return { canvas, context: canvas.getContext(), log };
}

test("rectangles are cleared and drawn one after the other, stretched, and the rest stays", () => {
  const { context, log } = makeCanvas(9, 9);
  const bitmap = { width: 3, height: 2 } as ImageBitmap;
  const rects = [
    { x: 5, y: 6, width: 3, height: 2, bitmap },
    { x: 0, y: 1, width: 7, height: 1, bitmap },
  ];
  replaceRects(context, rects);
  replaceRects(null, rects);
  assert.deepEqual(log, [
    "destination-out fill 5 6 3 2",
    "source-over 5 6 3 2",
    "destination-out fill 0 1 7 1",
    "source-over 0 1 7 1",
  ]);
});

test("a canvas takes the size of the picture, or the one to which it is stretched", () => {
  const { canvas, log } = makeCanvas(1, 1);
  const bitmap = { width: 3, height: 2 } as ImageBitmap;
  draw(canvas, bitmap);
  assert.deepEqual([canvas.width, canvas.height], [3, 2]);
  draw(canvas, bitmap, { width: 7, height: 5 });
  assert.deepEqual([canvas.width, canvas.height], [7, 5]);
  drawNext(canvas, [{ x: 0, y: 0, width: 9, height: 4, bitmap }], true);
  drawNext(canvas, [{ x: 2, y: 1, width: 4, height: 3, bitmap }], false);
  assert.deepEqual([canvas.width, canvas.height], [9, 4]);
  assert.deepEqual(log, [
    "copy 0 0 3 2",
    "copy 0 0 7 5",
    "copy 0 0 9 4",
    "destination-out fill 2 1 4 3",
    "source-over 2 1 4 3",
  ]);
});
