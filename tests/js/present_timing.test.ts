import assert from "node:assert/strict";
import test from "node:test";
import { PresentTiming } from "../../js/src/flow/present_timing.ts";

/** A presenter whose animation frames come when the test says so. */
function makeScreen() {
  const painted: number[] = [];
  const dropped: number[] = [];
  let callbacks: (() => void)[] = [];
  const timing = new PresentTiming<number>({
    paint: (item) => painted.push(item),
    drop: (item) => dropped.push(item),
    requestFrame: (callback) => callbacks.push(callback),
  });
  const nextFrame = (): number => {
    const due = callbacks;
    callbacks = [];
    for (const callback of due) callback();
    return due.length;
  };
  return { timing, painted, dropped, nextFrame };
}

test("the first picture is painted at once", () => {
  const { timing, painted } = makeScreen();
  timing.offer(1);
  assert.deepEqual(painted, [1]);
});

test("a second one in the same animation frame waits, and only the newest is painted then", () => {
  const { timing, painted, dropped, nextFrame } = makeScreen();
  for (const item of [1, 2, 3, 4]) timing.offer(item);
  assert.deepEqual([painted, dropped], [[1], [2, 3]]);
  nextFrame();
  assert.deepEqual(
    [painted, dropped],
    [
      [1, 4],
      [2, 3],
    ],
  );
});

test("at one picture per animation frame none waits", () => {
  const { timing, painted, dropped, nextFrame } = makeScreen();
  for (const item of [1, 2, 3, 4]) {
    timing.offer(item);
    nextFrame();
  }
  assert.deepEqual([painted, dropped], [[1, 2, 3, 4], []]);
});

test("a picture that is painted in an animation frame counts for the next one", () => {
  const { timing, painted, nextFrame } = makeScreen();
  timing.offer(1);
  timing.offer(2);
  nextFrame();
  timing.offer(3);
  assert.deepEqual(painted, [1, 2]);
  nextFrame();
  assert.deepEqual(painted, [1, 2, 3]);
});

test("without pictures no animation frame is asked for", () => {
  const { timing, nextFrame } = makeScreen();
  timing.offer(1);
  assert.equal(nextFrame(), 1);
  assert.equal(nextFrame(), 0);
});

test("clearing drops the one that waits, once", () => {
  const { timing, painted, dropped, nextFrame } = makeScreen();
  timing.offer(1);
  timing.offer(2);
  timing.clear();
  timing.clear();
  nextFrame();
  assert.deepEqual([painted, dropped], [[1], [2]]);
});
