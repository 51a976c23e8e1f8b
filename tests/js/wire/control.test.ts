import assert from "node:assert/strict";
import test from "node:test";
import { encodeControl, parseControl } from "../../../js/src/wire/control.ts";
import { WireError } from "../../../js/src/wire/wire_error.ts";

const CONFIG = { type: "config", transport: "image", width: 640, height: 480, coords: "frame-pixels" };

test("every field of a config is read", () => {
  const config = { ...CONFIG, codec: "vp8", pixel_ratio: 2, transports: ["image", "webcodecs"] };
  assert.deepEqual(parseControl(JSON.stringify(config)), config);
});

test("a config of another version may lack coords and have unknown fields", () => {
  const { coords: _, ...older } = { ...CONFIG, transport: "h264" };
  const expected = { ...CONFIG, transport: "h264" };
  assert.deepEqual(parseControl(JSON.stringify({ ...older, backend: { id: 3 } })), expected);
});

test("stats keep only known numbers", () => {
  const text = JSON.stringify({ type: "stats", rtt_ms: 3.5, dropped: 2, server_queue: 1 });
  assert.deepEqual(parseControl(text), { type: "stats", rtt_ms: 3.5, dropped: 2 });
});

test("the small messages are read", () => {
  for (const message of [
    { type: "set_quality", bitrate: 1e6, fps: 30 },
    { type: "cursor", css: "crosshair" },
    { type: "notice", text: "it raised", level: "error" },
    { type: "notice", text: "", level: "info" },
    { type: "bye", reason: "closed" },
  ]) {
    assert.deepEqual(parseControl(JSON.stringify(message)), message);
  }
});

test("a notice without a level is an error", () => {
  assert.deepEqual(parseControl('{"type":"notice","text":"x"}'), { type: "notice", text: "x", level: "error" });
});

test("an unknown type is ignored", () => {
  assert.equal(parseControl('{"type":"hologram","depth":3}'), undefined);
  assert.equal(parseControl('{"type":"toString"}'), undefined);
});

for (const text of [
  "",
  "null",
  "[]",
  "7",
  "{",
  "{}",
  '{"type":7}',
  '{"type":"config","transport":"image","width":"640","height":480}',
  '{"type":"config","transport":"image","width":640.5,"height":480}',
  '{"type":"config","width":640,"height":480}',
  '{"type":"config","transport":"image","width":640,"height":480,"transports":[1]}',
  '{"type":"config","transport":"image","width":640,"height":480,"transports":"image"}',
  '{"type":"stats","rtt_ms":"fast"}',
  '{"type":"stats","rtt_ms":1e999}',
  '{"type":"stats","rtt_ms":NaN}',
  '{"type":"cursor"}',
  '{"type":"notice","text":"x","level":"loud"}',
  '{"type":"bye","reason":{}}',
  `{"type":"bye","reason":"${"x".repeat(70_000)}"}`,
]) {
  test(`malformed control raises a WireError: ${text.slice(0, 60)}`, () => {
    assert.throws(() => parseControl(text), WireError);
  });
}

const REFUSED: readonly [fields: object, expected: string][] = [
  [{ ...CONFIG, width: -1 }, "width must be an integer of at least 0, got -1"],
  [{ ...CONFIG, height: undefined }, "height is missing"],
  [{ type: "notice", text: "x", level: "loud" }, 'level must be info or error, got "loud"'],
  [{ type: "unanswered", id: 0.5, reason: "" }, "id must be an integer of at least 0, got 0.5"],
  [
    { type: "pixels", id: 0, seq: 0, x: 0, y: 0, width: 0, height: 1, channels: 1, data: "" },
    "width must be an integer of at least 1, got 0",
  ],
];

for (const [fields, message] of REFUSED) {
  test(`the error names the wrong field and the expected type: ${message}`, () => {
    assert.throws(() => parseControl(JSON.stringify(fields)), { name: "WireError", message });
  });
}

test("a config before the first frame may have size 0 by 0 and any pixel ratio", () => {
  const config = { ...CONFIG, width: 0, height: 0, pixel_ratio: 0 };
  assert.deepEqual(parseControl(JSON.stringify(config)), config);
});

test("stats may be fractions", () => {
  const stats = { type: "stats", decode_queue_size: 0.5, window: -1 };
  assert.deepEqual(parseControl(JSON.stringify(stats)), stats);
});

test("a client message is compact JSON", () => {
  const ack = encodeControl({ type: "ack", seq: 3, displayed: true, decode_queue_size: 0 });
  assert.equal(ack, '{"type":"ack","seq":3,"displayed":true,"decode_queue_size":0}');
});
