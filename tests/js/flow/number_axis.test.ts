import assert from "node:assert/strict";
import test from "node:test";
import type { NumberAxis } from "../../../js/src/flow/number_axis.ts";
import {
  axisOf,
  decimalsOf,
  fractionOf,
  limitAfterKey,
  moveLimit,
  setLimit,
  steadyAxis,
  valueAt,
} from "../../../js/src/flow/number_axis.ts";
import { seededRandom } from "../helpers.ts";

const WHOLE: NumberAxis = { low: 0, high: 1000, isWhole: true };
const UNIT: NumberAxis = { low: 0, high: 1, isWhole: false };

test("an axis shows all numbers and the limits", () => {
  const range = { low: 10, high: 900, auto_min: 20, auto_max: 800 };
  assert.deepEqual(axisOf(range, { vmin: 0, vmax: 500 }, true), { low: 0, high: 900, isWhole: true });
  assert.deepEqual(axisOf(range, { vmin: 100, vmax: 4095 }, true), { low: 10, high: 4095, isWhole: true });
});

test("an axis leaves out what is far from most numbers and from the limits", () => {
  const range = { low: -1e6, high: 1e9, auto_min: 0, auto_max: 100 };
  assert.deepEqual(axisOf(range, { vmin: 0, vmax: 100 }, false), { low: -50, high: 150, isWhole: false });
  assert.deepEqual(axisOf(range, { vmin: 0, vmax: 1e9 }, false), { low: -1e6, high: 1e9, isWhole: false });
});

test("before there is a histogram, the limits are inside the axis", () => {
  assert.deepEqual(axisOf(undefined, { vmin: 0, vmax: 10 }, false), { low: -5, high: 15, isWhole: false });
});

test("an axis has a length even if all numbers are the same", () => {
  for (const same of [0, 7, -1e12, 1e-9]) {
    for (const isWhole of [true, false]) {
      const range = { low: same, high: same, auto_min: same, auto_max: same };
      const axis = axisOf(range, { vmin: same, vmax: same }, isWhole);
      assert.ok(axis.low < axis.high, String(same));
      assert.ok(Number.isFinite(fractionOf(same, axis)));
    }
  }
});

test("an axis stays while it serves, and follows when it does not", () => {
  assert.equal(steadyAxis(WHOLE, { low: 100, high: 900, isWhole: true }), WHOLE);
  const larger = { low: 0, high: 1001, isWhole: true };
  assert.equal(steadyAxis(WHOLE, larger), larger);
  const smaller = { low: 0, high: 500, isWhole: true };
  assert.equal(steadyAxis(WHOLE, smaller), smaller);
  assert.equal(steadyAxis(undefined, smaller), smaller);
  assert.equal(steadyAxis(WHOLE, { ...WHOLE, isWhole: false }).isWhole, false);
});

test("a number and its place on the axis belong together", () => {
  const random = seededRandom(3);
  for (let round = 0; round < 200; round++) {
    const low = (random() - 0.5) * 10 ** (random() * 12 - 6);
    const axis = { low, high: low + 10 ** (random() * 12 - 6), isWhole: false };
    const fraction = random();
    assert.ok(Math.abs(fractionOf(valueAt(fraction, axis), axis) - fraction) < 1e-3);
  }
});

test("whole numbers stay whole, others are rounded to what can be told apart", () => {
  assert.equal(valueAt(0.1234567, WHOLE), 123);
  assert.equal(valueAt(0.1234567, UNIT), 0.123);
  assert.equal(valueAt(2, WHOLE), 1000);
  assert.equal(fractionOf(-5, WHOLE), 0);
  assert.deepEqual([decimalsOf(WHOLE), decimalsOf(UNIT), decimalsOf({ ...UNIT, high: 5000 })], [0, 3, 0]);
});

test("a limit that is moved stops before the other one", () => {
  assert.deepEqual(moveLimit({ vmin: 100, vmax: 200 }, "vmin", 300, WHOLE), { vmin: 199, vmax: 200 });
  assert.deepEqual(moveLimit({ vmin: 100, vmax: 200 }, "vmax", 5, WHOLE), { vmin: 100, vmax: 101 });
  assert.deepEqual(moveLimit({ vmin: 0.1, vmax: 0.2 }, "vmax", 0, UNIT), { vmin: 0.1, vmax: 0.101 });
});

test("a limit that is typed moves the other one out of its way", () => {
  assert.deepEqual(setLimit({ vmin: 100, vmax: 200 }, "vmin", 300, WHOLE), { vmin: 300, vmax: 301 });
  assert.deepEqual(setLimit({ vmin: 100, vmax: 200 }, "vmax", 5, WHOLE), { vmin: 4, vmax: 5 });
  assert.deepEqual(setLimit({ vmin: 100, vmax: 200 }, "vmax", 500, WHOLE), { vmin: 100, vmax: 500 });
});

test("arrow keys move by a hundredth of the axis, with Shift by a tenth", () => {
  assert.equal(limitAfterKey("ArrowRight", false, 500, WHOLE), 510);
  assert.equal(limitAfterKey("ArrowDown", true, 500, WHOLE), 400);
  assert.equal(limitAfterKey("ArrowLeft", false, 0.5, UNIT), 0.49);
  assert.equal(limitAfterKey("PageUp", false, 0.5, UNIT), 0.6);
  assert.equal(limitAfterKey("Home", false, 500, WHOLE), 0);
  assert.equal(limitAfterKey("End", false, 500, WHOLE), 1000);
  assert.equal(limitAfterKey("a", false, 500, WHOLE), undefined);
});

test("on a short axis arrow keys move by one whole number", () => {
  assert.equal(limitAfterKey("ArrowRight", false, 3, { low: 0, high: 10, isWhole: true }), 4);
});

test("arrow keys stay on the axis, and bring back no limit that is beyond it", () => {
  assert.equal(limitAfterKey("ArrowRight", false, 995, WHOLE), 1000);
  assert.equal(limitAfterKey("ArrowRight", false, 2000, WHOLE), 2000);
  assert.equal(limitAfterKey("ArrowLeft", false, 2000, WHOLE), 1990);
});
