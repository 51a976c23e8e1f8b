import assert from "node:assert/strict";
import test from "node:test";
import { gammaAt, gammaPlace } from "../../../js/src/flow/gamma_scale.ts";

test("the scale goes from a fifth to five, with one in its middle", () => {
  assert.deepEqual([-1, 0, 1].map(gammaAt), [0.2, 1, 5]);
  assert.deepEqual([0.2, 1, 5].map(gammaPlace), [-1, 0, 1]);
  assert.ok(Math.abs(gammaPlace(2) + gammaPlace(0.5)) < 1e-12);
});

test("near its middle the scale snaps to one, and numbers beyond it are at its ends", () => {
  assert.equal(gammaAt(0.01), 1);
  assert.notEqual(gammaAt(0.02), 1);
  assert.deepEqual([0.001, 100].map(gammaPlace), [-1, 1]);
});
