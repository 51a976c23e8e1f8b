import assert from "node:assert/strict";
import test from "node:test";
import { Requests } from "../../../js/src/host/request_tracker.ts";
import type { ClientMessage, Pixels } from "../../../js/src/wire/messages.ts";

const PIXELS: Pixels = { type: "pixels", id: 1, seq: 5, x: 0, y: 0, width: 1, height: 1, channels: 3, data: "AAEC" };
const FILE = { mime: "image/png", bytes: new Uint8Array([1]) };

test("each request gets its own answer, in whatever order they come", async () => {
  const sent: ClientMessage[] = [];
  const requests = new Requests((message) => sent.push(message) > 0);
  const pixels = requests.inspect(3, 4);
  const file = requests.capture();
  assert.deepEqual(sent, [
    { type: "inspect", id: 1, x: 3, y: 4 },
    { type: "capture", id: 2 },
  ]);
  requests.answer(2, FILE);
  requests.answer(1, PIXELS);
  assert.equal(await pixels, PIXELS);
  assert.equal(await file, FILE);
});

test("an answer of another kind is none, and one that nobody asked for changes nothing", async () => {
  const requests = new Requests(() => true);
  const pixels = requests.inspect(0, 0);
  requests.answer(9, PIXELS);
  requests.answer(1, FILE);
  assert.equal(await pixels, undefined);
});

test("a server that cannot answer is not waited for", async () => {
  assert.equal(await new Requests(() => false).capture(), undefined);
});

test("nobody waits for ever", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const requests = new Requests(() => true);
  const pixels = requests.inspect(0, 0);
  context.mock.timers.tick(1_000);
  assert.equal(await pixels, undefined);
  const file = requests.capture();
  requests.abandon();
  assert.equal(await file, undefined);
});
