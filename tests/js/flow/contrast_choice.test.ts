import assert from "node:assert/strict";
import test from "node:test";
import { ContrastChoice } from "../../../js/src/flow/contrast_choice.ts";

const SERVER = { vmin: 0, vmax: 100, gamma: 1, cmap: "", fixed: false };

test("a change is shown at once, and the server's word again after a while", () => {
  const choice = new ContrastChoice();
  choice.change({ vmin: 10, vmax: 100 }, SERVER, 0);
  assert.deepEqual(choice.shown(SERVER, 100), { ...SERVER, vmin: 10, fixed: true });
  const other = { ...SERVER, vmin: 5, fixed: true };
  assert.equal(choice.shown(other, 5_000), other);
});

test("changes add up", () => {
  const choice = new ContrastChoice();
  choice.change({ vmin: 10, vmax: 100 }, SERVER, 0);
  choice.change({ cmap: "magma" }, SERVER, 1_000);
  choice.change({ gamma: 2 }, SERVER, 2_000);
  const message = { type: "set_contrast", vmin: 10, vmax: 100, gamma: 2, cmap: "magma" };
  assert.deepEqual(choice.message(SERVER, 2_000), message);
});

test("limits that the stream sets stay with the stream when only the colours change", () => {
  const choice = new ContrastChoice();
  choice.change({ cmap: "magma" }, SERVER, 0);
  assert.deepEqual(choice.message(SERVER, 0), { type: "set_contrast", gamma: 1, cmap: "magma" });
  assert.deepEqual(choice.shown({ ...SERVER, vmax: 200 }, 0), { ...SERVER, vmax: 200, cmap: "magma" });
});

test("limits that somebody has fixed are kept when only the colours change", () => {
  const choice = new ContrastChoice();
  const fixed = { ...SERVER, vmin: 3, fixed: true };
  choice.change({ gamma: 0.5 }, fixed, 0);
  assert.deepEqual(choice.message(fixed, 0), { type: "set_contrast", vmin: 3, vmax: 100, gamma: 0.5, cmap: "" });
});

test("what was forgotten is no longer shown", () => {
  const choice = new ContrastChoice();
  choice.change({ vmin: 10, vmax: 100 }, SERVER, 0);
  choice.forget();
  assert.equal(choice.shown(SERVER, 0), SERVER);
});
