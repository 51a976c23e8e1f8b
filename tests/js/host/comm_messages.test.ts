import assert from "node:assert/strict";
import test from "node:test";
import { parseCommMessage } from "../../../js/src/host/comm_messages.ts";

test("a text and a close are parsed with their connection id", () => {
  assert.deepEqual(parseCommMessage({ kind: "wire", id: "a", text: "" }, []), { type: "comm", id: "a", data: "" });
  assert.deepEqual(parseCommMessage({ kind: "wire", id: "a", code: 4404, reason: "gone" }, []), {
    type: "comm_closed",
    id: "a",
    code: 4404,
    reason: "gone",
  });
  assert.deepEqual(parseCommMessage({ kind: "wire", id: "a", code: 1001 }, []), {
    type: "comm_closed",
    id: "a",
    code: 1001,
    reason: "",
  });
});

test("a picture is copied out of the host's larger buffer", () => {
  const host = new Uint8Array([9, 1, 2, 3, 9]);
  const read = parseCommMessage({ kind: "wire", id: "a" }, [new DataView(host.buffer, 1, 3)]);
  host.fill(0);
  assert.ok(typeof read === "object" && read.type === "comm" && read.data instanceof ArrayBuffer);
  assert.deepEqual([...new Uint8Array(read.data)], [1, 2, 3]);
});

const FOREIGN: readonly unknown[] = [
  undefined,
  null,
  "wire",
  7,
  [],
  {},
  { kind: "report", id: "a", text: "x" },
  { kind: "wire", text: "x" },
  { kind: "wire", id: 7, text: "x" },
  { kind: "wire", id: "a" },
  { kind: "wire", id: "a", text: 7 },
  { kind: "wire", id: "a", code: "1000" },
];

test("messages without a connection are ignored", () => {
  for (const content of FOREIGN) assert.equal(parseCommMessage(content, []), undefined, JSON.stringify(content));
});
