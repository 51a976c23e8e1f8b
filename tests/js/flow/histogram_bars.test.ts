import assert from "node:assert/strict";
import test from "node:test";
import { barHeights } from "../../../js/src/flow/histogram_bars.ts";

const AXIS = { low: 0, high: 10, isWhole: false };

test("the largest bar has the full height, and one of a thousandth is visible", () => {
  const [small = 0, large = 0, none] = barHeights(
    { low: 0, high: 3, counts: [100, 100_000, 0] },
    { ...AXIS, high: 3 },
    3,
  );
  assert.equal(large, 1);
  assert.ok(small > 0.1 && small < 0.3);
  assert.equal(none, 0);
});

test("columns beyond the numbers are empty", () => {
  const bars = barHeights({ low: 4, high: 6, counts: [5, 5] }, AXIS, 10);
  assert.deepEqual(bars, [0, 0, 0, 0, 1, 1, 0, 0, 0, 0]);
});

test("a column of several bins has their sum, and a bin of several columns is shared evenly", () => {
  const bins = { low: 0, high: 10, counts: [1, 1, 1, 1, 2, 2, 2, 2, 0, 0] };
  const [first = 0, second = 0, last] = barHeights(bins, AXIS, 5).filter((_, column) => column % 2 === 0);
  assert.ok(first > 0 && first < second);
  assert.deepEqual([second, last], [1, 0]);
  for (const height of barHeights({ low: 0, high: 10, counts: [4] }, AXIS, 3)) assert.ok(height > 0.999);
});

test("numbers that are all the same, or none at all, give no nonsense", () => {
  for (const bins of [
    { low: 5, high: 5, counts: [9] },
    { low: 0, high: 10, counts: [0, 0] },
    { low: 0, high: 10, counts: [] },
  ]) {
    for (const height of barHeights(bins, AXIS, 7)) assert.ok(height >= 0 && height <= 1, String(height));
  }
});
