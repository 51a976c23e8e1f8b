import assert from "node:assert/strict";
import test from "node:test";
import { replace } from "../../../js/src/flow/replace.ts";

test("a picture replaces the whole content, even after the canvas reset its operation", () => {
  const drawn: string[] = [];
  const context = {
    globalCompositeOperation: "source-over" as GlobalCompositeOperation,
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
