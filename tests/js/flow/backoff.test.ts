import assert from "node:assert/strict";
import test from "node:test";
import { Backoff } from "../../../js/src/flow/backoff.ts";
import { seededRandom } from "../helpers.ts";

const almostOne = (): number => 1 - 1e-12;

test("the delay doubles from 0.5 s to 2 s, and after a minute to 10 s", () => {
  const backoff = new Backoff(almostOne);
  const delays = Array.from({ length: 45 }, () => Math.round(backoff.nextMs()));
  assert.deepEqual(delays.slice(0, 4), [500, 1000, 2000, 2000]);
  assert.deepEqual(new Set(delays.slice(2, 40)), new Set([2000]));
  assert.deepEqual(delays.slice(39), [2000, 4000, 8000, 10_000, 10_000, 10_000]);
});

test("for the first minute, delays are at most two seconds, whatever the jitter", () => {
  const backoff = new Backoff(() => 0);
  let passedMs = 0;
  for (let delayMs = backoff.nextMs(); passedMs < 30_000; delayMs = backoff.nextMs()) {
    assert.ok(delayMs <= 2000, `${delayMs} ms after ${passedMs} ms`);
    passedMs += delayMs;
  }
});

test("jitter shortens a delay by at most half", () => {
  const backoff = new Backoff(() => 0);
  assert.deepEqual([backoff.nextMs(), backoff.nextMs(), backoff.slowMs()], [250, 500, 5000]);
  const random = seededRandom(3);
  for (let round = 0; round < 200; round += 1) {
    const first = new Backoff(random).nextMs();
    assert.ok(first >= 250 && first < 500, `${first}`);
  }
});

test("a reset restarts the backoff", () => {
  const backoff = new Backoff(almostOne);
  for (let attempt = 0; attempt < 2000; attempt += 1) backoff.nextMs();
  assert.equal(Math.round(backoff.nextMs()), 10_000);
  backoff.reset();
  assert.equal(Math.round(backoff.nextMs()), 500);
});

test("a slow retry does not count as an attempt", () => {
  const backoff = new Backoff(almostOne);
  assert.equal(Math.round(backoff.slowMs()), 10_000);
  assert.equal(Math.round(backoff.nextMs()), 500);
});
