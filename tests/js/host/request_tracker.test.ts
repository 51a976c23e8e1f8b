import assert from "node:assert/strict";
import test from "node:test";
import { RequestTracker } from "../../../js/src/host/request_tracker.ts";
import type { ClientMessage, Histogram, Pixels } from "../../../js/src/wire/messages.ts";

const PIXELS: Pixels = { type: "pixels", id: 1, seq: 5, x: 0, y: 0, width: 1, height: 1, channels: 3, data: "AAEC" };
const HISTOGRAM: Histogram = {
  type: "histogram",
  id: 1,
  seq: 5,
  low: 0,
  high: 9,
  counts: [1, 2],
  auto_min: 1,
  auto_max: 8,
};
const FILE = { mime: "image/png", bytes: new Uint8Array([1]) };

test("each request gets its own answer, in any order", async () => {
  const sent: ClientMessage[] = [];
  const requests = new RequestTracker((message) => sent.push(message) > 0);
  const pixels = requests.inspect(3, 4);
  const file = requests.capture();
  assert.deepEqual(sent, [
    { type: "inspect", id: 1, x: 3, y: 4 },
    { type: "capture", id: 2 },
  ]);
  requests.resolve(2, FILE);
  requests.resolve(1, PIXELS);
  assert.equal(await pixels, PIXELS);
  assert.equal(await file, FILE);
});

test("a histogram is requested like pixels", async () => {
  const sent: ClientMessage[] = [];
  const requests = new RequestTracker((message) => sent.push(message) > 0);
  const histogram = requests.histogram();
  assert.deepEqual(sent, [{ type: "ask_histogram", id: 1 }]);
  requests.resolve(1, HISTOGRAM);
  assert.equal(await histogram, HISTOGRAM);
});

test("an answer of another kind is discarded, and an unrequested one is ignored", async () => {
  const requests = new RequestTracker(() => true);
  const pixels = requests.inspect(0, 0);
  requests.resolve(9, PIXELS);
  requests.resolve(1, FILE);
  assert.equal(await pixels, undefined);
});

test("a server that cannot answer causes no wait", async () => {
  assert.equal(await new RequestTracker(() => false).capture(), undefined);
});

test("a request times out", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const requests = new RequestTracker(() => true);
  const pixels = requests.inspect(0, 0);
  context.mock.timers.tick(1_000);
  assert.equal(await pixels, undefined);
  const file = requests.capture();
  requests.cancelAll();
  assert.equal(await file, undefined);
});
