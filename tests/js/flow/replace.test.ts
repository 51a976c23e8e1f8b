import assert from "node:assert/strict";
import test from "node:test";
import { replace, replaceRects } from "../../../js/src/flow/replace.ts";

test("a picture replaces the whole content, even after the canvas reset its operation", () => {
  const drawn: string[] = [];
  const context = {
    globalCompositeOperation: "source-over" as GlobalCompositeOperation,
    clearRect: () => assert.fail("drawing replaces everything"),
    drawImage(): void {
      drawn.push(this.globalCompositeOperation);
    },
  };
  replace(context, {} as ImageBitmap);
  context.globalCompositeOperation = "source-over";
  replace(context, {} as ImageBitmap);
  replace(null, {} as ImageBitmap);
  assert.deepEqual(drawn, ["copy", "copy"]);
});

test("rectangles are cleared and drawn one after the other, and the rest stays", () => {
  const log: string[] = [];
  const context = {
    globalCompositeOperation: "copy" as GlobalCompositeOperation,
    clearRect: (...box: number[]) => log.push(`clear ${box.join(" ")}`),
    drawImage(_: unknown, ...place: number[]): void {
      log.push(`${this.globalCompositeOperation} ${place.join(" ")}`);
    },
  };
  const bitmap = { width: 3, height: 2 } as ImageBitmap;
  replaceRects(context as unknown as CanvasRenderingContext2D, [
    { x: 5, y: 6, bitmap },
    { x: 0, y: 1, bitmap },
  ]);
  replaceRects(null, [{ x: 5, y: 6, bitmap }]);
  assert.deepEqual(log, ["clear 5 6 3 2", "source-over 5 6", "clear 0 1 3 2", "source-over 0 1"]);
});
