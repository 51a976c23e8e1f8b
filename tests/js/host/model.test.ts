import assert from "node:assert/strict";
import test from "node:test";
import { onCustomMessage, sendToPython } from "../../../js/src/host/model.ts";
import { StubModel } from "../helpers.ts";

test("a message is sent at once", () => {
  let sent = false;
  sendToPython(
    () => (sent = true),
    () => assert.fail(),
  );
  assert.ok(sent);
});

for (const [how, receive] of [
  ["throws", () => assert.fail("gone")],
  ["rejects", () => Promise.reject(new Error("gone"))],
] as const) {
  test(`a model that ${how} because the kernel is gone is reported`, async () => {
    const failures: unknown[] = [];
    sendToPython(receive, (error) => failures.push(error));
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(failures.length, 1);
    assert.match(String(failures[0]), /gone/);
  });
}

test("a custom message is received with its buffers, and none after the abort", () => {
  const model = new StubModel();
  const ending = new AbortController();
  const received: unknown[] = [];
  onCustomMessage(model, (content, buffers) => received.push([content, buffers]), ending.signal);
  const buffers = [new DataView(new ArrayBuffer(1))];
  model.receive({ kind: "a" });
  model.receive({ kind: "b" }, buffers);
  ending.abort();
  model.receive({ kind: "c" });
  assert.deepEqual(received, [
    [{ kind: "a" }, []],
    [{ kind: "b" }, buffers],
  ]);
});
