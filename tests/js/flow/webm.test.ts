import assert from "node:assert/strict";
import test from "node:test";
import { withDuration } from "../../../js/src/flow/webm.ts";

/** An element whose length field has one byte, unless given. */
function element(id: string, content: readonly number[], length = (0x80 + content.length).toString(16)): number[] {
  return [...hex(id), ...hex(length), ...content];
}

function hex(text: string): number[] {
  return (text.match(/../g) ?? []).map((digits) => Number.parseInt(digits, 16));
}

const HEADER = element("1a45dfa3", element("4282", [...Buffer.from("webm")]));
const SCALE = element("2ad7b1", [0x0f, 0x42, 0x40]);
const APPS = [...element("4d80", [...Buffer.from("Chrome")]), ...element("5741", [...Buffer.from("Chrome")])];
const TRACKS = element("1654ae6b", element("ae", [1, 2, 3]));
const CLUSTER = [...hex("1f43b67501ffffffffffffff"), ...element("e7", [0]), 0xa3, 0xfe, 1, 2, 3];
const UNKNOWN = "01ffffffffffffff";

function file(info: readonly number[], { segment = UNKNOWN, infoLength = "" } = {}): Uint8Array<ArrayBuffer> {
  const ofInfo = infoLength === "" ? element("1549a966", info) : element("1549a966", info, infoLength);
  return Uint8Array.from([...HEADER, ...element("18538067", [...ofInfo, ...TRACKS, ...CLUSTER], segment)]);
}

function duration(milliseconds: number): number[] {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setFloat64(0, milliseconds);
  return element("4489", [...bytes]);
}

test("the duration is appended to the segment's info, and nothing else changes", () => {
  const info = [...SCALE, ...APPS];
  const length = info.length + 11;
  const expected = file([...info, ...duration(3_450)], { infoLength: `100000${length.toString(16)}` });
  assert.deepEqual(withDuration(file(info), 3_450), expected);
});

test("a length of eight bytes is read", () => {
  const info = [...SCALE, ...APPS];
  const given = file(info, { infoLength: `01000000000000${info.length.toString(16)}` });
  const length = info.length + 11;
  const expected = file([...info, ...duration(9)], { infoLength: `100000${length.toString(16)}` });
  assert.deepEqual(withDuration(given, 9), expected);
});

test("the duration uses the file's time unit", () => {
  const inMicroseconds = [...element("2ad7b1", [0x03, 0xe8]), ...APPS];
  const patched = withDuration(file(inMicroseconds), 2_000);
  assert.ok(Buffer.from(patched).includes(Buffer.from(duration(2_000_000))));
  assert.ok(Buffer.from(withDuration(file(APPS), 2_000)).includes(Buffer.from(duration(2_000)))); // by default milliseconds
});

for (const [what, bytes] of Object.entries({
  "that has a duration": file([...SCALE, ...duration(5), ...APPS]),
  "whose segment has a length": file([...SCALE, ...APPS], { segment: "4100" }),
  "that is an MP4": Uint8Array.from(hex("000000246674797069736f6d0000020069736f6d")),
  "without information": Uint8Array.from([...HEADER, ...element("18538067", [...TRACKS, ...CLUSTER], UNKNOWN)]),
  "that is empty": new Uint8Array(),
})) {
  test(`a file ${what} is returned unchanged`, () => assert.equal(withDuration(bytes, 1_000), bytes));
}

test("a truncated or corrupt file never becomes shorter", () => {
  const whole = file([...SCALE, ...APPS]);
  for (let length = 0; length < whole.length; length += 1) {
    const cut = whole.slice(0, length);
    assert.ok(withDuration(cut, 1_000).length >= cut.length);
    for (const byte of [0x00, 0x01, 0x80, 0xff]) {
      const wrong = whole.with(length, byte);
      assert.ok(withDuration(wrong, 1_000).length >= wrong.length);
    }
  }
});
