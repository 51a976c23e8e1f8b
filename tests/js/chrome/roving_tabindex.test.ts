import assert from "node:assert/strict";
import test from "node:test";
import { rovingIndex } from "../../../js/src/chrome/roving_tabindex.ts";

test("arrow keys move to the next and previous item, wrapping at the ends", () => {
  assert.equal(rovingIndex("ArrowRight", 0, 3), 1);
  assert.equal(rovingIndex("ArrowDown", 2, 3), 0);
  assert.equal(rovingIndex("ArrowLeft", 2, 3), 1);
  assert.equal(rovingIndex("ArrowUp", 0, 3), 2);
});

test("Home moves to the first item and End to the last", () => {
  assert.equal(rovingIndex("Home", 2, 3), 0);
  assert.equal(rovingIndex("End", 0, 3), 2);
});

test("other keys and empty lists move nothing", () => {
  assert.equal(rovingIndex("a", 0, 3), undefined);
  assert.equal(rovingIndex("Tab", 0, 3), undefined);
  assert.equal(rovingIndex("ArrowRight", -1, 0), undefined);
  assert.equal(rovingIndex("Home", -1, 0), undefined);
});
