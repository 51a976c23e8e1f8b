import assert from "node:assert/strict";
import test from "node:test";
import type { Model } from "../../../js/src/host/model.ts";
import { Postbox } from "../../../js/src/host/postbox.ts";

/** A model whose host says when a message has gone. */
function makePostbox(): { postbox: Postbox; sent: unknown[]; gone: (() => void)[]; lost: (() => void)[] } {
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
  return { postbox: new Postbox({ send } as unknown as Model), sent, gone, lost };
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("a host that says nothing gets each message at once", () => {
  const sent: unknown[] = [];
  const postbox = new Postbox({ send: (message: unknown) => sent.push(message) } as unknown as Model);
  postbox.post({ a: 1 });
  postbox.post({ b: 2 });
  assert.deepEqual(sent, [{ a: 1 }, { b: 2 }]);
});

test("messages wait until the one before has gone, and then go together", async () => {
  const { postbox, sent, gone } = makePostbox();
  postbox.post({ a: 1 });
  postbox.post({ b: 2 });
  postbox.post({ c: 3 });
  await settle();
  assert.deepEqual(sent, [{ a: 1 }]);
  gone[0]?.();
  await settle();
  assert.deepEqual(sent, [{ a: 1 }, { kind: "several", messages: [{ b: 2 }, { c: 3 }] }]);
  postbox.post({ d: 4 });
  gone[1]?.();
  await settle();
  assert.deepEqual(sent.at(-1), { d: 4 });
  assert.equal(sent.length, 3);
});

test("a message that is lost costs a warning, and the others go on", async (t) => {
  const warn = t.mock.method(console, "warn", () => {});
  const { postbox, sent, lost } = makePostbox();
  postbox.post({ a: 1 });
  postbox.post({ b: 2 });
  lost[0]?.();
  await settle();
  assert.deepEqual(sent, [{ a: 1 }, { b: 2 }]);
  assert.equal(warn.mock.callCount(), 1);
});

test("a host that throws costs one warning, and the others go on", (t) => {
  const warn = t.mock.method(console, "warn", () => {});
  const postbox = new Postbox({ send: () => assert.fail("gone") } as unknown as Model);
  postbox.post({ a: 1 });
  postbox.post({ b: 2 });
  return settle().then(() => assert.equal(warn.mock.callCount(), 1));
});

test("a host that never says that a message has gone is not waited for", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { postbox, sent } = makePostbox();
  postbox.post({ a: 1 });
  postbox.post({ b: 2 });
  t.mock.timers.tick(4_999);
  assert.equal(sent.length, 1);
  t.mock.timers.tick(1);
  assert.deepEqual(sent, [{ a: 1 }, { b: 2 }]);
});

test("what has gone late does not let two go at once", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { postbox, sent, gone } = makePostbox();
  postbox.post({ a: 1 });
  postbox.post({ b: 2 });
  t.mock.timers.tick(5_000);
  postbox.post({ c: 3 });
  gone[0]?.();
  await settle();
  assert.equal(sent.length, 2);
});

test("a hundred go together at most", async () => {
  const { postbox, sent, gone } = makePostbox();
  for (let number = 0; number < 202; number++) postbox.post({ number });
  for (const turn of [0, 1, 2]) {
    gone[turn]?.();
    await settle();
  }
  const sizes = sent.map((letter) => (letter as { messages?: unknown[] }).messages?.length ?? 1);
  assert.deepEqual(sizes, [1, 100, 100, 1]);
});
