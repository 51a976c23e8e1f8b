import assert from "node:assert/strict";
import test from "node:test";
import type { DiscreteEvent } from "../../../js/src/flow/drag_detector.ts";
import { DragDetector } from "../../../js/src/flow/drag_detector.ts";
import type { InputEvent } from "../../../js/src/flow/event_merge.ts";
import { golden } from "../helpers.ts";

interface Case {
  readonly name: string;
  readonly events: readonly InputEvent[];
  readonly told: readonly DiscreteEvent[];
}

function told(events: readonly InputEvent[]): DiscreteEvent[] {
  const discrete = new DragDetector();
  return events.flatMap((event) => discrete.feed(event) ?? []);
}

const cases = golden<Case[]>("discrete.json") ?? [];

test("there are golden cases", () => {
  assert.ok(cases.length > 0);
});

for (const { name, events, told: expected } of cases) {
  test(`golden: ${name}`, () => {
    assert.deepEqual(told(events), expected);
  });
}

test("beyond 16 presses without a release, the oldest are forgotten", () => {
  const pointer = (type: string, id: number, css_x: number): InputEvent => {
    return { type, timestamp: id, x: css_x, y: 0, css_x, css_y: 0, button: 1, pointer_id: id, inside: true };
  };
  const ids = Array.from({ length: 18 }, (_, id) => id);
  const downs = ids.map((id) => pointer("pointer_down", id, 0));
  const again = pointer("pointer_down", 0, 1); // so it is no longer the oldest
  const ups = ids.map((id) => pointer("pointer_up", id, 50));
  const presses = [...downs.slice(0, 16), again, ...downs.slice(16)];
  const drags = told([...presses, ...ups]).slice(presses.length);
  const expected = [0, ...ids.slice(3)].map((id) => ({
    type: "drag",
    start: id === 0 ? again : downs[id],
    end: ups[id],
  }));
  assert.deepEqual(drags, expected);
});

test("the kept start event is not changed", () => {
  const press = Object.freeze<InputEvent>({ type: "pointer_down", timestamp: 1, x: 1, y: 1, button: 1 });
  const end = Object.freeze<InputEvent>({ type: "pointer_up", timestamp: 2, x: 9, y: 1, button: 1 });
  assert.deepEqual(told([press, end]), [press, { type: "drag", start: press, end }]);
});
