import assert from "node:assert/strict";
import test from "node:test";
import { buttonOf, buttonsOf } from "../../../js/src/input/buttons.ts";

test("buttons are numbered left, right, middle, back, forward from 1", () => {
  assert.deepEqual(buttonsOf(0), []);
  assert.deepEqual(buttonsOf(0b11111), [1, 2, 3, 4, 5]);
  assert.deepEqual(buttonsOf(0b00110), [2, 3]);
});

test("the DOM's button counts left, middle, right from 0, and -1 is none", () => {
  assert.deepEqual([-1, 0, 1, 2, 3, 4].map(buttonOf), [0, 1, 3, 2, 4, 5]);
});

test("both numberings agree on every button", () => {
  const bitOfDomButton = [0, 2, 1, 3, 4];
  bitOfDomButton.forEach((bit, domButton) => assert.deepEqual(buttonsOf(1 << bit), [buttonOf(domButton)]));
});
