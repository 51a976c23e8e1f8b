import assert from "node:assert/strict";
import test from "node:test";
import { rove } from "../../../js/src/chrome/roving_tabindex.ts";

test("the arrow keys go to the next and to the one before, round at the ends", () => {
  assert.equal(rove("ArrowRight", 0, 3), 1);
  assert.equal(rove("ArrowDown", 2, 3), 0);
  assert.equal(rove("ArrowLeft", 2, 3), 1);
  assert.equal(rove("ArrowUp", 0, 3), 2);
});

test("Home goes to the first and End to the last", () => {
  assert.equal(rove("Home", 2, 3), 0);
  assert.equal(rove("End", 0, 3), 2);
});

test("no other key moves, and nothing moves where there is nothing", () => {
  assert.equal(rove("a", 0, 3), undefined);
  assert.equal(rove("Tab", 0, 3), undefined);
  assert.equal(rove("ArrowRight", -1, 0), undefined);
  assert.equal(rove("Home", -1, 0), undefined);
});
