import assert from "node:assert/strict";
import test from "node:test";
import type { InputEvent } from "../../../js/src/flow/event_merge.ts";
import { Traits } from "../../../js/src/host/traits.ts";
import { ValueSync } from "../../../js/src/host/value_sync.ts";
import { StubModel } from "../helpers.ts";

/** With a Python side that acknowledges each save a moment later. */
class AcknowledgingModel extends StubModel {
  override save_changes(): unknown {
    queueMicrotask(() => this.receive({ kind: "heard" }));
    return super.save_changes();
  }
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function makeValueSync(values: Record<string, unknown> = {}, model: StubModel = new AcknowledgingModel(values)) {
  const ending = new AbortController();
  return { model, ending, valueSync: new ValueSync(model, new Traits(model), ending.signal) };
}

function press(timestamp: number, x = 0): InputEvent {
  return { type: "pointer_down", timestamp, x, y: 0, button: 1, buttons: [1], inside: true };
}

function release(timestamp: number, x = 0): InputEvent {
  return { type: "pointer_up", timestamp, x, y: 0, button: 1, buttons: [], inside: true };
}

async function ask(model: StubModel, hasReader: boolean): Promise<void> {
  model.set("sync_last_event", hasReader);
  model.save_changes();
  model.saves.length = 0;
  await settle();
}

test("each discrete event is saved separately, in order", async () => {
  const { model, valueSync } = makeValueSync({ sync_last_event: true });
  const key: InputEvent = { type: "key_down", timestamp: 4, key: "a", code: "KeyA", modifiers: [] };
  valueSync.feed([press(1), { type: "pointer_move", timestamp: 2, x: 9, y: 0 }, release(3, 9)]);
  valueSync.feed([key, { type: "key_up", timestamp: 5, key: "a", code: "KeyA", modifiers: [] }]);
  await settle();
  const drag = { type: "drag", start: press(1), end: release(3, 9) };
  assert.deepEqual(model.saves, [{ last_event: press(1) }, { last_event: drag }, { last_event: key }]);
});

test("an event waits until Python has acknowledged the one before", async () => {
  const model = new StubModel({ sync_last_event: true });
  const { valueSync } = makeValueSync({}, model);
  valueSync.feed([press(1), release(2), press(3), release(4), press(5)]);
  assert.deepEqual(model.saves, [{ last_event: press(1) }]);
  model.receive({ kind: "wire", id: "1", text: "something else" });
  await settle();
  assert.equal(model.saves.length, 1);
  model.receive({ kind: "heard" });
  await settle();
  assert.deepEqual(model.saves, [{ last_event: press(1) }, { last_event: press(3) }]);
  model.receive({ kind: "heard" });
  await settle();
  assert.deepEqual(model.saves.at(-1), { last_event: press(5) });
});

test("a missing acknowledgement does not block the queue", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const model = new StubModel({ sync_last_event: true });
  const { valueSync } = makeValueSync({}, model);
  valueSync.feed([press(1), release(2), press(3)]);
  t.mock.timers.tick(4_999);
  assert.equal(model.saves.length, 1);
  t.mock.timers.tick(1);
  assert.equal(model.saves.length, 2);
});

test("the same click again is another object", async () => {
  const { model, valueSync } = makeValueSync({ sync_last_event: true });
  const click = press(1);
  valueSync.feed([click, release(1), click]);
  await settle();
  const [first, second] = model.saves.map((saved) => saved["last_event"]);
  assert.deepEqual(first, second);
  assert.notEqual(first, second);
  assert.notEqual(first, click);
});

test("nothing is saved until Python requests it, then the last event once", async () => {
  const { model, valueSync } = makeValueSync();
  valueSync.feed([press(1), release(2), press(3), release(4)]);
  assert.deepEqual(model.saves, []);
  await ask(model, true);
  assert.deepEqual(model.saves, [{ last_event: press(3) }]);
  await ask(model, false);
  await ask(model, true);
  assert.deepEqual(model.saves, []);
});

test("a sent event is not sent again to a later reader", async () => {
  const { model, valueSync } = makeValueSync({ sync_last_event: true });
  valueSync.feed([press(1), release(2)]);
  await ask(model, false);
  await ask(model, true);
  assert.deepEqual(model.saves, []);
  await ask(model, false);
  valueSync.feed([press(3), release(4)]);
  await ask(model, true);
  assert.deepEqual(model.saves, [{ last_event: press(3) }]);
});

test("a press before the request and a release after it are a drag", async () => {
  const { model, valueSync } = makeValueSync();
  valueSync.feed([press(1)]);
  await ask(model, true);
  model.saves.length = 0;
  valueSync.feed([release(2, 9)]);
  assert.deepEqual(model.saves, [{ last_event: { type: "drag", start: press(1), end: release(2, 9) } }]);
});

test("queued events are not sent after the abort", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { model, ending, valueSync } = makeValueSync({ sync_last_event: true });
  valueSync.feed([press(1), release(2), press(3)]);
  ending.abort();
  t.mock.timers.tick(5_000);
  await settle();
  assert.deepEqual(model.saves, [{ last_event: press(1) }]);
});

test("nothing is sent after the abort", async () => {
  const { model, ending, valueSync } = makeValueSync();
  valueSync.feed([press(1)]);
  ending.abort();
  await ask(model, true);
  assert.deepEqual(model.saves, []);
});
