import assert from "node:assert/strict";
import test from "node:test";
import { closeReason } from "../../../js/src/flow/close_reason.ts";

const TABLE: readonly [code: number, retry: string, state: string][] = [
  [1000, "no", "closed"],
  [1001, "normal", "reconnecting"],
  [1003, "no", "error"],
  [1006, "normal", "reconnecting"],
  [1008, "slow", "reconnecting"],
  [1009, "no", "error"],
  [1011, "normal", "reconnecting"],
  [4401, "no", "error"],
  [4404, "no", "error"],
  [4408, "normal", "reconnecting"],
  [4426, "no", "error"],
  [4429, "slow", "reconnecting"],
  [4999, "normal", "reconnecting"],
];

for (const [code, retry, state] of TABLE) {
  test(`code ${code} is retried: ${retry}, and shows as ${state}`, () => {
    const reason = closeReason(code, "");
    assert.equal(reason.retry, retry);
    assert.equal(reason.state, state);
    assert.notEqual(reason.text, "");
  });
}

test("the text includes the server's reason", () => {
  for (const [code] of TABLE) assert.match(closeReason(code, "stream 'x' is gone").text, /stream 'x' is gone/);
});

test("a wrong token and an unknown stream have different texts with a remedy", () => {
  assert.match(closeReason(4401, "").text, /token .* Run the cell/);
  assert.match(closeReason(4404, "").text, /no such stream.* Check its name/);
});

test("a rejection without a reason gets a default text", () => {
  assert.equal(closeReason(4401, "unauthorized").text, closeReason(4401, "").text);
});

const REMEDY = /\b(run|reload|check|allow|close another)\b|Start marimo again/i;

test("every text has a remedy", () => {
  for (const [code] of TABLE) assert.match(closeReason(code, "").text, REMEDY);
});

test("a version mismatch asks to restart marimo", () => {
  const { text } = closeReason(4426, "the kernel has marimo-rfb 1.1, and marimo's server has 1.0");
  assert.match(text, /marimo's server has 1\.0\. Start marimo again;.*same version in both/);
});
