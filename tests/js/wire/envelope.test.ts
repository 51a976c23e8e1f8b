import assert from "node:assert/strict";
import test from "node:test";
import { parseEnvelope } from "../../../js/src/wire/envelope.ts";
import { MAX_CONTROL_BYTES } from "../../../js/src/wire/messages.ts";
import { WireError } from "../../../js/src/wire/wire_error.ts";
import { seededRandom } from "../helpers.ts";

const HEADER = {
  type: "image_frame",
  seq: 7,
  timestamp_us: 1_700_000_000_000_000,
  width: 4,
  height: 3,
  mime: "image/png",
};
const RECTS = {
  ...HEADER,
  type: "image_rects",
  mime: undefined,
  base_seq: 6,
  rects: [0, 1, 2, 3, 4],
  mimes: ["image/png"],
};

function pack(header: unknown, payload: number[] = []): ArrayBuffer {
  const text = new TextEncoder().encode(typeof header === "string" ? header : JSON.stringify(header));
  return packBytes(text, payload);
}

function packBytes(text: Uint8Array, payload: number[] = [], claimed = text.length): ArrayBuffer {
  const message = new Uint8Array(4 + text.length + payload.length);
  new DataView(message.buffer).setUint32(0, claimed, true);
  message.set(text, 4);
  message.set(payload, 4 + text.length);
  return message.buffer;
}

test("an image message is parsed into header and payload", () => {
  const { header, payload } = parseEnvelope(pack(HEADER, [1, 2, 3]));
  assert.deepEqual(header, HEADER);
  assert.deepEqual([...payload], [1, 2, 3]);
});

test("the payload is a view into the message, not a copy", () => {
  const message = pack(HEADER, [9, 8]);
  const { payload } = parseEnvelope(message);
  assert.equal(payload.buffer, message);
  new Uint8Array(message)[message.byteLength - 1] = 5;
  assert.deepEqual([...payload], [9, 5]);
});

test("an empty payload is allowed", () => {
  assert.equal(parseEnvelope(pack(HEADER)).payload.byteLength, 0);
});

test("optional fields are read, null counts as absent and unknown fields are ignored", () => {
  const color = { primaries: "bt709", transfer: "iec61966-2-1", matrix: "rgb", full_range: true, bit_depth: 8 };
  const extra = { pixel_ratio: 1.5, color, lossless: true };
  assert.deepEqual(parseEnvelope(pack({ ...HEADER, ...extra, from_the_future: {} })).header, { ...HEADER, ...extra });
  assert.deepEqual(parseEnvelope(pack({ ...HEADER, pixel_ratio: null })).header, HEADER);
});

test("a video header is read", () => {
  const { mime: _, ...shared } = HEADER;
  const video = {
    ...shared,
    type: "video_chunk",
    codec: "avc1.42E01F",
    bitstream: "annexb",
    keyframe: true,
    duration_us: 5,
  };
  assert.deepEqual(parseEnvelope(pack(video)).header, video);
  assert.throws(() => parseEnvelope(pack({ ...video, bitstream: "avcc" })), WireError);
});

const MALFORMED: readonly [name: string, message: ArrayBuffer][] = [
  ["is empty", new ArrayBuffer(0)],
  ["is shorter than the length field", new ArrayBuffer(3)],
  ["claims a longer header than it has", packBytes(new TextEncoder().encode(JSON.stringify(HEADER)), [], 5000)],
  ["claims 4 GB of header", packBytes(new Uint8Array(8), [], 0xffffffff)],
  ["has a header over the limit", pack(JSON.stringify({ ...HEADER, note: "x".repeat(MAX_CONTROL_BYTES) }))],
  ["has no header", pack("")],
  ["has a header that is not JSON", pack("{seq:1}")],
  ["has a header that is not UTF-8", packBytes(new Uint8Array([0x22, 0xff, 0x22]))],
  ["has a header that is an array", pack([HEADER])],
  ["has a header that is null", pack("null")],
  ["has no type", pack({ ...HEADER, type: undefined })],
  ["has an unknown type", pack({ ...HEADER, type: "sound" })],
  ["has a seq that is text", pack({ ...HEADER, seq: "7" })],
  ["has a negative seq", pack({ ...HEADER, seq: -1 })],
  ["has a broken seq", pack({ ...HEADER, seq: 1.5 })],
  ["has a seq beyond 2^53", pack(JSON.stringify(HEADER).replace('"seq":7', '"seq":9007199254740993'))],
  ["has an infinite width", pack(JSON.stringify(HEADER).replace('"width":4', '"width":1e999'))],
  ["has no width", pack({ ...HEADER, width: undefined })],
  ["has a width of 0", pack({ ...HEADER, width: 0 })],
  ["has a gigantic height", pack({ ...HEADER, height: 1_000_000 })],
  ["has no mime", pack({ ...HEADER, mime: undefined })],
  ["has a pixel ratio of 0", pack({ ...HEADER, pixel_ratio: 0 })],
  ["has rects of text", pack({ ...RECTS, rects: ["0", 1, 2, 3, 4] })],
  ["has no mimes", pack({ ...RECTS, mimes: undefined })],
  ["has half a colour", pack({ ...HEADER, color: { primaries: "bt709" } })],
];

for (const [name, message] of MALFORMED) {
  test(`a message that ${name} raises a WireError`, () => {
    assert.throws(() => parseEnvelope(message), WireError);
  });
}

const REFUSED: readonly [fields: object, expected: string][] = [
  [{ type: "sound" }, 'the header of a binary message has the unknown type "sound"'],
  [{ width: 65_537 }, "width must be at most 65536, got 65537"],
  [{ height: 0 }, "height must be an integer of at least 1, got 0"],
  [{ pixel_ratio: -1.5 }, "pixel_ratio must be more than 0, got -1.5"],
  [{ type: "video_chunk", codec: "vp8", bitstream: "avcc" }, 'bitstream must be annexb or raw, got "avcc"'],
  [{ mime: null }, "mime is missing"],
];

for (const [fields, message] of REFUSED) {
  test(`the error names the wrong header field and the expected type: ${message}`, () => {
    assert.throws(() => parseEnvelope(pack({ ...HEADER, ...fields })), { name: "WireError", message });
  });
}

test("random bytes raise nothing but a WireError", () => {
  const random = seededRandom(1);
  const valid = new Uint8Array(pack(HEADER, [1, 2, 3]));
  for (let round = 0; round < 3000; round += 1) {
    const message = valid.slice(0, Math.floor(random() * (valid.length + 1)));
    for (let flips = Math.floor(random() * 6); flips > 0; flips -= 1) {
      message[Math.floor(random() * message.length)] = Math.floor(random() * 256);
    }
    try {
      parseEnvelope(message.buffer);
    } catch (error) {
      assert.ok(error instanceof WireError, String(error));
    }
  }
});
