import assert from "node:assert/strict";
import test from "node:test";
import { sentence } from "../../../js/src/flow/sentence.ts";

test("a fragment becomes a sentence", () => {
  assert.equal(sentence("restart marimo; reload the page"), "Restart marimo; reload the page.");
});
