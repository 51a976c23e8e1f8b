import assert from "node:assert/strict";
import test from "node:test";
import { onCustomMessage, sendToPython } from "../../../js/src/host/model.ts";
import { StubModel } from "../helpers.ts";

test("what is said is said at once", () => {
  let said = false;
  sendToPython(
    () => (said = true),
    () => assert.fail(),
  );
  assert.ok(said);
});

for (const [how, say] of [
  ["throws", () => assert.fail("gone")],
  ["rejects", () => Promise.reject(new Error("gone"))],
] as const) {
  test(`that a model ${how} because the kernel is gone is told`, async () => {
    const failures: unknown[] = [];
    sendToPython(say, (error) => failures.push(error));
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(failures.length, 1);
    assert.match(String(failures[0]), /gone/);
  });
}

test("a custom message is heard with its buffers, if any, and none after the end", () => {
  const model = new StubModel();
  const ending = new AbortController();
  const heard: unknown[] = [];
  onCustomMessage(model, (content, buffers) => heard.push([content, buffers]), ending.signal);
  const buffers = [new DataView(new ArrayBuffer(1))];
  model.say({ kind: "a" });
  model.say({ kind: "b" }, buffers);
  ending.abort();
  model.say({ kind: "c" });
  assert.deepEqual(heard, [
    [{ kind: "a" }, []],
    [{ kind: "b" }, buffers],
  ]);
});
