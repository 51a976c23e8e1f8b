import assert from "node:assert/strict";
import test from "node:test";
import type { LinkStats, LiveStats } from "../../../js/src/wire/worker_messages.ts";
import { Telemetry } from "../../../js/src/worker/telemetry.ts";

/** Telemetry, and the live statistics that it reports. */
function reporting(): { telemetry: Telemetry; reports: LiveStats[] } {
  const reports: LiveStats[] = [];
  const telemetry = new Telemetry({
    onStats: () => undefined,
    onLiveStats: (liveStats) => reports.push(liveStats),
    decodeQueueSize: () => 0,
  });
  return { telemetry, reports };
}

test("statistics are reported at most once a second, and only after a change", (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const reports: LinkStats[] = [];
  const telemetry = new Telemetry({
    onStats: (stats) => reports.push(stats),
    onLiveStats: () => assert.fail("nobody watches"),
    decodeQueueSize: () => 2,
  });
  context.mock.timers.tick(5000);
  assert.deepEqual(reports, []);
  telemetry.setCodec("image");
  telemetry.setTransport("comm", "no other way");
  for (let seq = 0; seq < 30; seq += 1) telemetry.count({ seq, displayed: seq % 10 !== 9 });
  context.mock.timers.tick(999);
  assert.deepEqual(reports, []);
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
  assert.deepEqual(reports, [expected]);
  context.mock.timers.tick(5000);
  assert.equal(reports.length, 1);
});

test("the server's last numbers are merged in", (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const reports: LinkStats[] = [];
  const telemetry = new Telemetry({
    onStats: (stats) => reports.push(stats),
    onLiveStats: () => assert.fail("nobody watches"),
    decodeQueueSize: () => 0,
  });
  telemetry.fromServer({ type: "stats", rtt_ms: 9, dropped: 1 });
  telemetry.fromServer({ type: "stats", rtt_ms: 3.5 });
  context.mock.timers.tick(1000);
  assert.equal(reports[0]?.["rtt_ms"], 3.5);
  assert.equal(reports[0]?.["dropped"], undefined);
  assert.equal(reports[0]?.["type"], undefined);
  assert.equal(reports[0]?.lastDisplayedSeq, -1);
});

test("an unchanged transport is not reported", (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const reports: LinkStats[] = [];
  const telemetry = new Telemetry({
    onStats: (stats) => reports.push(stats),
    onLiveStats: () => assert.fail("nobody watches"),
    decodeQueueSize: () => 0,
  });
  telemetry.setTransport("direct", "");
  context.mock.timers.tick(1000);
  telemetry.setTransport("direct", "");
  context.mock.timers.tick(5000);
  assert.deepEqual(
    reports.map(({ transport }) => transport),
    ["direct"],
  );
});

test("live statistics are reported several times a second, only while watched", (context) => {
  context.mock.timers.enable({ apis: ["setTimeout", "setInterval"] });
  const { telemetry, reports } = reporting();
  const shown = { isLossless: true, isNewFrame: true };
  telemetry.displayed({ ...shown, latencyMs: 10 });
  telemetry.watching = true;
  for (const latencyMs of [12, 14, undefined]) telemetry.displayed({ ...shown, latencyMs });
  telemetry.decoded(3.25);
  context.mock.timers.tick(250);
  assert.equal(reports.length, 2);
  assert.deepEqual(reports[0]?.intervalsMs, []);
  assert.equal(reports[1]?.intervalsMs.length, 3);
  const { displayedFps, latencyMs, latencyP95Ms, decodeMs } = reports[1]?.stats ?? {};
  assert.deepEqual([displayedFps, latencyMs, latencyP95Ms, decodeMs], [4, 12, 14, 3.3]);
  telemetry.watching = false;
  context.mock.timers.tick(5_000);
  assert.equal(reports.length, 2);
});

test("a picture that gets sharper counts as one frame", (context) => {
  context.mock.timers.enable({ apis: ["setTimeout", "setInterval"] });
  const { telemetry, reports } = reporting();
  telemetry.watching = true;
  telemetry.displayed({ latencyMs: 12, isLossless: false, isNewFrame: true });
  for (const isLossless of [false, true]) telemetry.displayed({ latencyMs: undefined, isLossless, isNewFrame: false });
  context.mock.timers.tick(250);
  telemetry.watching = false;
  const { stats, intervalsMs } = reports[1] ?? {};
  assert.deepEqual([stats?.displayedFps, stats?.lossless, intervalsMs], [1, 1, []]);
});
