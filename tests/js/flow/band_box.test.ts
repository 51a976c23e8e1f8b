import assert from "node:assert/strict";
import test from "node:test";
import { bandBox } from "../../../js/src/flow/band_box.ts";
import { WHOLE } from "../../../js/src/flow/view_transform.ts";

const LAYOUT = {
  fit: "contain",
  viewport: { width: 400, height: 300 },
  frame: { width: 200, height: 100 },
  ratio: 1,
} as const;

test("a rectangle lies where its pixels are shown", () => {
  assert.deepEqual(bandBox([10, 20, 30, 40], WHOLE, LAYOUT), { left: 20, top: 90, width: 60, height: 80 });
});

test("a rectangle follows fit, zoom and position", () => {
  assert.deepEqual(bandBox([0, 0, 200, 100], WHOLE, { ...LAYOUT, fit: "fill" }), {
    left: 0,
    top: 0,
    width: 400,
    height: 300,
  });
  const zoomed = bandBox([100, 50, 10, 10], { zoom: 2, x: 0.5, y: 0.5 }, LAYOUT);
  assert.deepEqual(zoomed, { left: 200, top: 150, width: 40, height: 40 });
});

test("its edges are those of device pixels, and a line has no width", () => {
  const { left, width, height } = bandBox([1, 1, 3, 0], WHOLE, {
    ...LAYOUT,
    viewport: { width: 301, height: 200 },
    ratio: 2,
  });
  assert.ok(Number.isInteger(left * 2) && Number.isInteger(width * 2));
  assert.equal(height, 0);
});
