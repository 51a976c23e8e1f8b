import assert from "node:assert/strict";
import test from "node:test";
import type { LinkStats, LiveStats } from "../../../js/src/wire/worker_messages.ts";
import { Telemetry } from "../../../js/src/worker/telemetry.ts";

test("numbers are told at most once a second, and not at all when nothing happens", (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const told: LinkStats[] = [];
  const telemetry = new Telemetry({
    onStats: (stats) => told.push(stats),
    onLiveStats: () => assert.fail("nobody watches"),
    decodeQueueSize: () => 2,
  });
  context.mock.timers.tick(5000);
  assert.deepEqual(told, []);
  telemetry.setCodec("image");
  telemetry.setTransport("comm", "no other way");
  for (let seq = 0; seq < 30; seq += 1) telemetry.count({ seq, displayed: seq % 10 !== 9 });
  context.mock.timers.tick(999);
  assert.deepEqual(told, []);
  context.mock.timers.tick(1);
  const expected = {
    framesDisplayed: 27,
    framesDropped: 3,
    lastDisplayedSeq: 28,
    decodeQueueSize: 2,
    displayedFps: 0,
    codec: "image",
    lossless: 0,
    transport: "comm",
    why: "no other way",
  };
  assert.deepEqual(told, [expected]);
  context.mock.timers.tick(5000);
  assert.equal(told.length, 1);
});

test("the last numbers of the server are mixed in", (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const told: LinkStats[] = [];
  const telemetry = new Telemetry({
    onStats: (stats) => told.push(stats),
    onLiveStats: () => assert.fail("nobody watches"),
    decodeQueueSize: () => 0,
  });
  telemetry.fromServer({ type: "stats", rtt_ms: 9, dropped: 1 });
  telemetry.fromServer({ type: "stats", rtt_ms: 3.5 });
  context.mock.timers.tick(1000);
  assert.equal(told[0]?.["rtt_ms"], 3.5);
  assert.equal(told[0]?.["dropped"], undefined);
  assert.equal(told[0]?.["type"], undefined);
  assert.equal(told[0]?.lastDisplayedSeq, -1);
});

test("the same way again is not worth telling", (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const told: LinkStats[] = [];
  const telemetry = new Telemetry({
    onStats: (stats) => told.push(stats),
    onLiveStats: () => assert.fail("nobody watches"),
    decodeQueueSize: () => 0,
  });
  telemetry.setTransport("direct", "");
  context.mock.timers.tick(1000);
  telemetry.setTransport("direct", "");
  context.mock.timers.tick(5000);
  assert.deepEqual(
    told.map(({ transport }) => transport),
    ["direct"],
  );
});

test("those who watch are told the gauges several times a second, and nobody else", (context) => {
  context.mock.timers.enable({ apis: ["setTimeout", "setInterval"] });
  const told: LiveStats[] = [];
  const telemetry = new Telemetry({
    onStats: () => undefined,
    onLiveStats: (liveStats) => told.push(liveStats),
    decodeQueueSize: () => 0,
  });
  telemetry.displayed(10, false);
  telemetry.watching = true;
  for (const latencyMs of [12, 14, undefined]) telemetry.displayed(latencyMs, true);
  telemetry.decoded(3.25);
  context.mock.timers.tick(250);
  assert.equal(told.length, 2);
  assert.deepEqual(told[0]?.intervalsMs, []);
  assert.equal(told[1]?.intervalsMs.length, 3);
  const { displayedFps, latencyMs, latencyP95Ms, decodeMs } = told[1]?.stats ?? {};
  assert.deepEqual([displayedFps, latencyMs, latencyP95Ms, decodeMs], [4, 12, 14, 3.3]);
  telemetry.watching = false;
  context.mock.timers.tick(5_000);
  assert.equal(told.length, 2);
});
