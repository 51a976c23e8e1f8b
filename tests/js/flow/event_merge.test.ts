import assert from "node:assert/strict";
import test from "node:test";
import type { InputEvent } from "../../../js/src/flow/event_merge.ts";
import { MergingQueue, canWait } from "../../../js/src/flow/event_merge.ts";
import { golden, seededRandom } from "../helpers.ts";

interface Case {
  readonly name: string;
  readonly events: readonly InputEvent[];
  readonly merged: readonly InputEvent[];
}

function merge(events: readonly InputEvent[]): InputEvent[] {
  const queue = new MergingQueue();
  for (const event of events) queue.add(event);
  return queue.take();
}

for (const { name, events, merged } of golden<Case[]>("merge.json") ?? []) {
  test(`golden: ${name}`, () => {
    assert.deepEqual(merge(events), merged);
  });
}

test("take empties the queue", () => {
  const queue = new MergingQueue();
  queue.add({ type: "pointer_move", timestamp: 1 });
  assert.equal(queue.size, 1);
  queue.take();
  assert.equal(queue.size, 0);
  assert.deepEqual(queue.take(), []);
});

test("add does not change the given event", () => {
  const first = Object.freeze<InputEvent>({ type: "wheel", timestamp: 1, dx: 1, dy: 2 });
  const second = Object.freeze<InputEvent>({ type: "wheel", timestamp: 2, dx: 3, dy: 4 });
  assert.deepEqual(merge([first, second]), [{ type: "wheel", timestamp: 2, dx: 4, dy: 6 }]);
  assert.equal(first.dx, 1);
});

test("only moves, wheel events and resizes may wait", () => {
  const waiting = ["pointer_move", "wheel", "resize"];
  const discrete = ["pointer_down", "pointer_up", "key_down", "key_up", "char", "double_click", "focus_in", "toString"];
  for (const type of waiting) assert.equal(canWait({ type, timestamp: 0 }), true);
  for (const type of discrete) assert.equal(canWait({ type, timestamp: 0 }), false, type);
});

test("in any sequence all discrete events stay in order, and no wheel delta is lost", () => {
  const random = seededRandom(13);
  const types = ["pointer_move", "wheel", "pointer_down", "pointer_up", "key_down", "wheel", "pointer_move"];
  for (let round = 0; round < 200; round += 1) {
    const events = Array.from({ length: 40 }, (_, index): InputEvent => {
      const type = types[Math.floor(random() * types.length)] ?? "wheel";
      return {
        type,
        timestamp: index,
        buttons: random() < 0.5 ? [] : [1],
        ...(type === "wheel" ? { dx: 1, dy: 2 } : {}),
      };
    });
    const merged = merge(events);
    const discrete = (list: readonly InputEvent[]): InputEvent[] => list.filter((event) => !canWait(event));
    assert.deepEqual(discrete(merged), discrete(events));
    const turned = (list: readonly InputEvent[]): number => list.reduce((sum, { dy }) => sum + (dy ?? 0), 0);
    assert.equal(turned(merged), turned(events));
    assert.ok(merged.every(({ timestamp }, index) => index === 0 || timestamp > (merged[index - 1]?.timestamp ?? 99)));
  }
});
