import assert from "node:assert/strict";
import test from "node:test";
import { SequenceFilter } from "../../../js/src/flow/sequence_filter.ts";
import { seededRandom } from "../helpers.ts";

test("frames in order are accepted, with gaps", () => {
  const newest = new SequenceFilter();
  assert.deepEqual(
    [0, 1, 5, 6, 100].map((seq) => newest.accepts(seq)),
    [true, true, true, true, true],
  );
});

test("an older frame and a repeated one are rejected", () => {
  const newest = new SequenceFilter();
  assert.deepEqual(
    [5, 4, 5, 6, 3].map((seq) => newest.accepts(seq)),
    [true, false, false, true, false],
  );
});

test("accepted sequence numbers always increase", () => {
  const random = seededRandom(5);
  const newest = new SequenceFilter();
  const admitted = Array.from({ length: 500 }, () => Math.floor(random() * 1000)).filter((seq) => newest.accepts(seq));
  assert.ok(admitted.every((seq, index) => index === 0 || seq > (admitted[index - 1] ?? Infinity)));
});

test("after a reset the sequence may restart", () => {
  const newest = new SequenceFilter();
  newest.accepts(50);
  newest.reset();
  assert.equal(newest.accepts(0), true);
});
