import assert from "node:assert/strict";
import test from "node:test";
import { Outbox } from "../../../js/src/host/send_queue.ts";

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** An outbox whose other end says when something has gone. */
function makeOutbox(mostAtOnce: number, mostWaiting?: number) {
  const said: (readonly number[])[] = [];
  const gone: (() => void)[] = [];
  const outbox = new Outbox<number>(
    (items) => {
      said.push(items);
      return new Promise<void>((resolve) => gone.push(resolve));
    },
    mostAtOnce,
    mostWaiting,
  );
  return { outbox, said, gone };
}

test("who does not say when something has gone is told at once", () => {
  const said: (readonly number[])[] = [];
  const outbox = new Outbox<number>((items) => void said.push(items), 1);
  for (const item of [1, 2, 3]) outbox.post(item);
  assert.deepEqual(said, [[1], [2], [3]]);
});

test("what waits goes by as many as may go together", async () => {
  const { outbox, said, gone } = makeOutbox(2);
  for (const item of [1, 2, 3, 4]) outbox.post(item);
  for (const turn of [0, 1]) {
    gone[turn]?.();
    await settle();
  }
  assert.deepEqual(said, [[1], [2, 3], [4]]);
});

test("of more than may wait the oldest are dropped", async () => {
  const { outbox, said, gone } = makeOutbox(1, 2);
  for (const item of [1, 2, 3, 4]) outbox.post(item);
  for (const turn of [0, 1]) {
    gone[turn]?.();
    await settle();
  }
  assert.deepEqual(said, [[1], [3], [4]]);
});

test("of a kernel that is gone the console hears once, and of another failure again", async (t) => {
  const warn = t.mock.method(console, "warn", () => {});
  const outbox = new Outbox<string>(([why]) => assert.fail(why), 1);
  for (const why of ["Cannot send", "Cannot send", "Cannot send", "No comm"]) {
    outbox.post(why);
    await settle();
  }
  assert.deepEqual(
    warn.mock.calls.map(({ arguments: [, error] }) => String((error as Error).message)),
    ["Cannot send", "No comm"],
  );
});
