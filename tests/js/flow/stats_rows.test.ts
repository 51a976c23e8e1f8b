import assert from "node:assert/strict";
import test from "node:test";
import { elapsedText, latencyText, statsRows, zoomText } from "../../../js/src/flow/stats_rows.ts";
import type { LinkStats } from "../../../js/src/wire/worker_messages.ts";

const STATS: LinkStats = {
  framesDisplayed: 1200,
  framesDropped: 3,
  lastDisplayedSeq: 1210,
  decodeQueueSize: 1,
  codec: "image/jpeg",
  transport: "same-origin",
  why: "",
};

function values(stats: LinkStats | undefined): Record<string, string> {
  const readings = statsRows(stats, stats && { width: 1280, height: 720 });
  return Object.fromEntries(readings.map(({ label, value }) => [label, value]));
}

test("a lossless picture is marked, although the codec is lossy", () => {
  assert.equal(values({ ...STATS, lossless: 1 }).Codec, "JPEG, now lossless");
  assert.equal(values({ ...STATS, lossless: 0 }).Codec, "JPEG");
  assert.equal(values({ ...STATS, codec: "image/png", lossless: 1 }).Codec, "PNG, lossless");
});

test("a picture of a lossless codec that was scaled down is not called lossless", () => {
  assert.equal(values({ ...STATS, codec: "image/png", lossless: 0 }).Codec, "PNG");
});

test("each value has its unit", () => {
  const measured = {
    ...STATS,
    displayedFps: 59,
    fps_sent: 59.94,
    latencyMs: 12.4,
    latencyP95Ms: 18.6,
    bitrate_bps: 8_123_456,
    encode_ms: 2.14,
    decodeMs: 4.8,
    rtt_ms: 1.25,
    window: 2,
    quality: 50,
    scale: 0.625,
    layer_reason: "network",
    queue_ms: 61.3,
    rate_bps: 4_980_000,
  };
  assert.deepEqual(values(measured), {
    Shown: "59 fps",
    Sent: "60 fps",
    Latency: "12 ms",
    p95: "19 ms",
    Bitrate: "8.1 Mbit/s",
    Quality: "50 at 63%",
    Dropped: "3",
    Encode: "2.1 ms",
    Decode: "4.8 ms",
    "Round trip": "1.3 ms",
    Limit: "network",
    Queue: "61 ms",
    Link: "5.0 Mbit/s",
    "In flight": "≤ 2",
    Codec: "JPEG",
    Transport: "same-origin",
    Size: "1280 × 720",
    "Decode queue": "1",
  });
});

test("at full quality there is neither a scale nor a limit", () => {
  const { Quality, Limit } = values({ ...STATS, quality: 80, scale: 1, layer_reason: "full" });
  assert.deepEqual([Quality, Limit], ["80", "none"]);
  for (const reason of ["constructor", 5]) assert.equal(values({ ...STATS, layer_reason: reason }).Limit, "–");
});

test("an en dash stands for an unknown value", () => {
  assert.deepEqual(new Set(Object.values(values(undefined))), new Set(["–"]));
  const { Latency, Sent, Bitrate, Dropped } = values({ ...STATS, fps_sent: NaN, bitrate_bps: "much" });
  assert.deepEqual([Latency, Sent, Bitrate, Dropped], ["–", "–", "–", "3"]);
});

test("a bitrate uses the unit that keeps it short", () => {
  const texts = [0, 64_000, 999_400, 999_600, 9_940_000, 9_960_000, 123e6].map(
    (bitrate_bps) => values({ ...STATS, bitrate_bps })["Bitrate"],
  );
  assert.deepEqual(texts, [
    "0 kbit/s",
    "64 kbit/s",
    "999 kbit/s",
    "1.0 Mbit/s",
    "9.9 Mbit/s",
    "10 Mbit/s",
    "123 Mbit/s",
  ]);
});

test("the badge is empty while the latency is unknown", () => {
  assert.equal(latencyText(STATS), "");
  assert.equal(latencyText({ ...STATS, latencyMs: 7.6 }), "8 ms");
});

test("elapsed time is shown as minutes and seconds", () => {
  assert.deepEqual([-1, 0, 9.9, 61, 3600].map(elapsedText), ["0:00", "0:00", "0:09", "1:01", "60:00"]);
});

test("zoom is shown in as few characters as possible", () => {
  assert.deepEqual([1, 1.5, 2.25, 9.99, 10, 64.4].map(zoomText), ["100%", "150%", "225%", "999%", "10×", "64×"]);
});
