import assert from "node:assert/strict";
import test from "node:test";
import type { Model } from "../../../js/src/host/model.ts";
import { SendQueue, customMessageQueue } from "../../../js/src/host/send_queue.ts";

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A queue whose sends the test confirms. */
function makeQueue(maxBatch: number, maxQueued?: number) {
  const sent: (readonly number[])[] = [];
  const gone: (() => void)[] = [];
  const queue = new SendQueue<number>(
    (items) => {
      sent.push(items);
      return new Promise<void>((resolve) => gone.push(resolve));
    },
    maxBatch,
    maxQueued,
  );
  return { queue, sent, gone };
}

test("without a promise each item is sent at once", () => {
  const sent: (readonly number[])[] = [];
  const queue = new SendQueue<number>((items) => void sent.push(items), 1);
  for (const item of [1, 2, 3]) queue.post(item);
  assert.deepEqual(sent, [[1], [2], [3]]);
});

test("queued items are sent in batches of the maximum size", async () => {
  const { queue, sent, gone } = makeQueue(2);
  for (const item of [1, 2, 3, 4]) queue.post(item);
  for (const turn of [0, 1]) {
    gone[turn]?.();
    await settle();
  }
  assert.deepEqual(sent, [[1], [2, 3], [4]]);
});

test("a full queue drops its oldest items", async () => {
  const { queue, sent, gone } = makeQueue(1, 2);
  for (const item of [1, 2, 3, 4]) queue.post(item);
  for (const turn of [0, 1]) {
    gone[turn]?.();
    await settle();
  }
  assert.deepEqual(sent, [[1], [3], [4]]);
});

test("a repeated error is logged once, a different one again", async (t) => {
  const warn = t.mock.method(console, "warn", () => {});
  const queue = new SendQueue<string>(([why]) => assert.fail(why), 1);
  for (const why of ["Cannot send", "Cannot send", "Cannot send", "No comm"]) {
    queue.post(why);
    await settle();
  }
  assert.deepEqual(
    warn.mock.calls.map(({ arguments: [, error] }) => String((error as Error).message)),
    ["Cannot send", "No comm"],
  );
});

/** A model whose sends the test confirms. */
function makeMessageQueue(): { queue: SendQueue<object>; sent: unknown[]; gone: (() => void)[]; lost: (() => void)[] } {
  const sent: unknown[] = [];
  const gone: (() => void)[] = [];
  const lost: (() => void)[] = [];
  const send = (message: unknown): Promise<void> => {
    sent.push(message);
    return new Promise((resolve, reject) => {
      gone.push(resolve);
      lost.push(() => reject(new Error("no network")));
    });
  };
  return { queue: customMessageQueue({ send } as unknown as Model), sent, gone, lost };
}

test("with a host that returns nothing each message is sent at once", () => {
  const sent: unknown[] = [];
  const queue = customMessageQueue({ send: (message: unknown) => sent.push(message) } as unknown as Model);
  queue.post({ a: 1 });
  queue.post({ b: 2 });
  assert.deepEqual(sent, [{ a: 1 }, { b: 2 }]);
});

test("messages wait for the one before and are then sent as a batch", async () => {
  const { queue, sent, gone } = makeMessageQueue();
  queue.post({ a: 1 });
  queue.post({ b: 2 });
  queue.post({ c: 3 });
  await settle();
  assert.deepEqual(sent, [{ a: 1 }]);
  gone[0]?.();
  await settle();
  assert.deepEqual(sent, [{ a: 1 }, { kind: "several", messages: [{ b: 2 }, { c: 3 }] }]);
  queue.post({ d: 4 });
  gone[1]?.();
  await settle();
  assert.deepEqual(sent.at(-1), { d: 4 });
  assert.equal(sent.length, 3);
});

test("a failed message logs a warning, and the others are sent", async (t) => {
  const warn = t.mock.method(console, "warn", () => {});
  const { queue, sent, lost } = makeMessageQueue();
  queue.post({ a: 1 });
  queue.post({ b: 2 });
  lost[0]?.();
  await settle();
  assert.deepEqual(sent, [{ a: 1 }, { b: 2 }]);
  assert.equal(warn.mock.callCount(), 1);
});

test("a host that throws logs one warning, and the others are sent", (t) => {
  const warn = t.mock.method(console, "warn", () => {});
  const queue = customMessageQueue({ send: () => assert.fail("gone") } as unknown as Model);
  queue.post({ a: 1 });
  queue.post({ b: 2 });
  return settle().then(() => assert.equal(warn.mock.callCount(), 1));
});

test("an unconfirmed message does not block the queue", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { queue, sent } = makeMessageQueue();
  queue.post({ a: 1 });
  queue.post({ b: 2 });
  t.mock.timers.tick(4_999);
  assert.equal(sent.length, 1);
  t.mock.timers.tick(1);
  assert.deepEqual(sent, [{ a: 1 }, { b: 2 }]);
});

test("a late confirmation does not start a second send", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { queue, sent, gone } = makeMessageQueue();
  queue.post({ a: 1 });
  queue.post({ b: 2 });
  t.mock.timers.tick(5_000);
  queue.post({ c: 3 });
  gone[0]?.();
  await settle();
  assert.equal(sent.length, 2);
});

test("a batch has at most a hundred messages", async () => {
  const { queue, sent, gone } = makeMessageQueue();
  for (let number = 0; number < 202; number++) queue.post({ number });
  for (const turn of [0, 1, 2]) {
    gone[turn]?.();
    await settle();
  }
  const sizes = sent.map((letter) => (letter as { messages?: unknown[] }).messages?.length ?? 1);
  assert.deepEqual(sizes, [1, 100, 100, 1]);
});
