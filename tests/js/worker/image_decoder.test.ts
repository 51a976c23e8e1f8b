import assert from "node:assert/strict";
import test from "node:test";
import type { EncodedImage } from "../../../js/src/worker/image_decoder.ts";
import { ImageDecoder } from "../../../js/src/worker/image_decoder.ts";

/** A decoder whose decodes the test completes. */
function makeDecoder() {
  const log: string[] = [];
  const closed: number[] = [];
  const running = new Map<number, (outcome: ImageBitmap | string) => void>();
  const decoder = new ImageDecoder(
    {
      onDecoded: ({ ticket }) => log.push(`decoded ${ticket}`),
      onDropped: (ticket) => log.push(`dropped ${ticket}`),
      onFailed: (ticket, why) => log.push(`failed ${ticket} ${why}`),
    },
    ({ ticket }) => new Promise((resolve) => running.set(ticket, resolve)),
  );
  const push = (ticket: number): void => decoder.push(image(ticket));
  const finish = async (ticket: number, failure?: string): Promise<void> => {
    const bitmap = { close: () => closed.push(ticket) } as unknown as ImageBitmap;
    running.get(ticket)?.(failure ?? bitmap);
    running.delete(ticket);
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { decoder, log, closed, push, finish, running: () => [...running.keys()] };
}

function image(ticket: number): EncodedImage {
  const header = { type: "image_frame", seq: ticket, timestamp_us: 0, width: 1, height: 1, mime: "image/png" } as const;
  return { ticket, header, payload: new Uint8Array() };
}

test("three images are decoded in parallel, the next one when one finishes", async () => {
  const { push, finish, running, decoder } = makeDecoder();
  for (const ticket of [1, 2, 3, 4]) push(ticket);
  assert.deepEqual(running(), [1, 2, 3]);
  assert.equal(decoder.queueSize, 4);
  await finish(1);
  assert.deepEqual(running(), [2, 3, 4]);
});

test("images that are decoded in order are delivered in order", async () => {
  const { push, finish, log } = makeDecoder();
  for (const ticket of [1, 2, 3]) push(ticket);
  for (const ticket of [1, 2, 3]) await finish(ticket);
  assert.deepEqual(log, ["decoded 1", "decoded 2", "decoded 3"]);
});

test("an image that a newer one overtook is dropped at once, and its late bitmap is closed", async () => {
  const { push, finish, log, closed } = makeDecoder();
  for (const ticket of [1, 2, 3]) push(ticket);
  await finish(2);
  assert.deepEqual(log, ["dropped 1", "decoded 2"]);
  await finish(1);
  await finish(3);
  assert.deepEqual(log, ["dropped 1", "decoded 2", "decoded 3"]);
  assert.deepEqual(closed, [1]);
});

test("an overtaken decode still counts, so never more than three run", async () => {
  const { push, finish, running } = makeDecoder();
  for (const ticket of [1, 2, 3, 4, 5]) push(ticket);
  await finish(3);
  assert.deepEqual(running(), [1, 2, 4]);
});

test("of more than three waiting images only the newest stays", () => {
  const { push, log, decoder } = makeDecoder();
  for (let ticket = 1; ticket <= 7; ticket += 1) push(ticket);
  assert.deepEqual(log, ["dropped 4", "dropped 5", "dropped 6"]);
  assert.equal(decoder.queueSize, 4);
});

test("a failed image is reported, and the others continue", async () => {
  const { push, finish, log } = makeDecoder();
  push(1);
  push(2);
  await finish(1, "broken");
  await finish(2);
  assert.deepEqual(log, ["failed 1 broken", "decoded 2"]);
});

test("a failed newer image does not drop an older one", async () => {
  const { push, finish, log } = makeDecoder();
  push(1);
  push(2);
  await finish(2, "broken");
  await finish(1);
  assert.deepEqual(log, ["failed 2 broken", "decoded 1"]);
});

test("after a reset earlier images are not reported, and their bitmaps are closed", async () => {
  const { decoder, push, finish, log, closed } = makeDecoder();
  for (const ticket of [1, 2, 3, 4]) push(ticket);
  decoder.reset();
  push(5);
  for (const ticket of [1, 2, 3, 5]) await finish(ticket);
  assert.deepEqual(log, ["decoded 5"]);
  assert.deepEqual(closed, [1, 2, 3]);
});
