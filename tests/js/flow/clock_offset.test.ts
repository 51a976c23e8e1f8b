import assert from "node:assert/strict";
import test from "node:test";
import { ClockOffset } from "../../../js/src/flow/clock_offset.ts";

test("half the round trip is taken off an answer", () => {
  const clock = new ClockOffset();
  assert.equal(clock.offsetMs, undefined);
  assert.equal(clock.errorMs, Infinity);
  clock.addSample(1_000, 6_050_000, 1_100);
  assert.equal(clock.offsetMs, 5_000);
  assert.equal(clock.errorMs, 50);
});

test("a quick answer counts more than a slow one, until it is old", () => {
  const clock = new ClockOffset();
  clock.addSample(1_000, 6_001_000, 1_002);
  clock.addSample(2_000, 7_090_000, 2_100);
  assert.equal(clock.offsetMs, 5_000);
  // An hour later the clocks may be further apart than the slow answer is wrong.
  clock.addSample(3_602_000, 8_602_140_000, 3_602_200);
  assert.equal(clock.offsetMs, 5_000_040);
});

test("an answer before its question is none", () => {
  const clock = new ClockOffset();
  clock.addSample(1_000, 6_000_000, 999);
  assert.equal(clock.offsetMs, undefined);
});

test("another server has another clock", () => {
  const clock = new ClockOffset();
  clock.addSample(1_000, 6_000_000, 1_000);
  clock.reset();
  assert.equal(clock.offsetMs, undefined);
  clock.addSample(2_000, 1_050_000, 2_100);
  assert.equal(clock.offsetMs, -1_000);
});
