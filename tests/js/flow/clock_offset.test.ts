import assert from "node:assert/strict";
import test from "node:test";
import { ClockOffset } from "../../../js/src/flow/clock_offset.ts";

test("the offset assumes half the round trip in each direction", () => {
  const clock = new ClockOffset();
  assert.equal(clock.offsetMs, undefined);
  assert.equal(clock.errorMs, Infinity);
  clock.addSample(1_000, 6_050_000, 1_100);
  assert.equal(clock.offsetMs, 5_000);
  assert.equal(clock.errorMs, 50);
});

test("a sample with a short round trip outweighs a slow one, until it is old", () => {
  const clock = new ClockOffset();
  clock.addSample(1_000, 6_001_000, 1_002);
  clock.addSample(2_000, 7_090_000, 2_100);
  assert.equal(clock.offsetMs, 5_000);
  // After an hour the drift may exceed the error of the slow sample.
  clock.addSample(3_602_000, 8_602_140_000, 3_602_200);
  assert.equal(clock.offsetMs, 5_000_040);
});

test("a response before its request is ignored", () => {
  const clock = new ClockOffset();
  clock.addSample(1_000, 6_000_000, 999);
  assert.equal(clock.offsetMs, undefined);
});

test("a reset forgets the old server's clock", () => {
  const clock = new ClockOffset();
  clock.addSample(1_000, 6_000_000, 1_000);
  clock.reset();
  assert.equal(clock.offsetMs, undefined);
  clock.addSample(2_000, 1_050_000, 2_100);
  assert.equal(clock.offsetMs, -1_000);
});
