import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import test from "node:test";
import type { CommCommand } from "../../../js/src/wire/worker_messages.ts";
import { CommTransports } from "../../../js/src/worker/comm_transport.ts";

/** Transports whose commands to Python, and calls of their listeners, are recorded. */
function makeTransports(t: TestContext) {
  t.mock.timers.enable({ apis: ["setInterval"] });
  const sent: [id: string, message: CommCommand][] = [];
  const transports = new CommTransports((id, message) => sent.push([id, message]));
  const open = () => {
    const received: unknown[] = [];
    const transport = transports.open({
      onOpen: () => received.push("opened"),
      onMessage: (data) => received.push(data),
      onClose: (code, reason) => received.push([code, reason]),
    });
    const [id] = sent.at(-1) ?? assert.fail("nothing was sent");
    return { transport, received, id };
  };
  return { transports, sent, open };
}

test("a comm transport sends open and does not wait for an answer", async (t) => {
  const { sent, open } = makeTransports(t);
  const { transport, received, id } = open();
  assert.deepEqual(sent, [[id, { say: "open" }]]);
  assert.deepEqual(received, []); // not before the caller has the transport
  await Promise.resolve();
  assert.deepEqual(received, ["opened"]);
  transport.send("hello");
  assert.deepEqual(sent[1], [id, { say: "text", text: "hello" }]);
});

test("each comm transport receives only messages with its id", async (t) => {
  const { transports, open } = makeTransports(t);
  const [first, second] = [open(), open()];
  await Promise.resolve();
  assert.notEqual(first.id, second.id);
  assert.match(first.id, /^[0-9a-f]{32}$/);
  const picture = new ArrayBuffer(3);
  transports.receive(first.id, "text");
  transports.receive(second.id, picture);
  transports.receive("another page's", "text");
  transports.onClose("another page's", 1000, "");
  assert.deepEqual(first.received, ["opened", "text"]);
  assert.deepEqual(second.received, ["opened", picture]);
});

test("a comm transport closed by Python closes once and sends nothing more", async (t) => {
  const { transports, sent, open } = makeTransports(t);
  const { transport, received, id } = open();
  await Promise.resolve();
  transports.onClose(id, 4404, "gone");
  transports.onClose(id, 1000, "");
  transports.receive(id, "late");
  transport.send("late");
  transport.close();
  t.mock.timers.tick(600_000);
  assert.deepEqual(received, ["opened", [4404, "gone"]]);
  assert.deepEqual(sent, [[id, { say: "open" }]]);
});

test("a comm transport closed by the page notifies Python once and receives nothing more", async (t) => {
  const { transports, sent, open } = makeTransports(t);
  const { transport, received, id } = open();
  await Promise.resolve();
  transport.close();
  transport.close();
  transport.send("late");
  transports.receive(id, "late");
  transports.onClose(id, 1000, "");
  t.mock.timers.tick(600_000);
  assert.deepEqual(received, ["opened"]);
  assert.deepEqual(sent, [
    [id, { say: "open" }],
    [id, { say: "close" }],
  ]);
});

test("a comm transport that is closed at once never opens", async (t) => {
  const { open } = makeTransports(t);
  const { transport, received } = open();
  transport.close();
  await Promise.resolve();
  assert.deepEqual(received, []);
});

test("an idle page sends a heartbeat three times a minute", async (t) => {
  const { sent, open } = makeTransports(t);
  const { id } = open();
  await Promise.resolve();
  t.mock.timers.tick(60_000);
  const alive: [string, CommCommand] = [id, { say: "text", text: '{"type":"alive"}' }];
  assert.deepEqual(sent.slice(1), [alive, alive, alive]);
});
