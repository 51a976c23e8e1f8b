import assert from "node:assert/strict";
import test from "node:test";
import { SlidingPercentile } from "../../../js/src/flow/sliding_percentile.ts";

test("a quantile is the value that this share does not exceed", () => {
  const samples = new SlidingPercentile(100);
  assert.equal(samples.quantile(0.5), undefined);
  for (let value = 100; value >= 1; value -= 1) samples.add(value);
  assert.deepEqual(
    [0, 0.5, 0.95, 1].map((share) => samples.quantile(share)),
    [1, 50, 95, 100],
  );
});

test("only the last samples count", () => {
  const samples = new SlidingPercentile(3);
  for (const value of [9, 9, 9, 9, 1, 2, 3]) samples.add(value);
  assert.equal(samples.quantile(1), 3);
  assert.equal(samples.quantile(0.5), 2);
});
