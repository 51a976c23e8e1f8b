import assert from "node:assert/strict";
import test from "node:test";
import { formatNumber, parseNumber } from "../../../js/src/flow/number_text.ts";

function text(value: number, low: number, high: number, isWhole = false): string {
  return formatNumber(value, { low, high, isWhole });
}

test("whole numbers have no decimals, and others as many as differ on the axis", () => {
  assert.equal(text(4095, 0, 65535, true), "4095");
  assert.equal(text(0.5, 0, 1), "0.5");
  assert.equal(text(0.12345, 0, 1), "0.123");
  assert.equal(text(12.3456, 0, 100), "12.3");
  assert.equal(text(-0.00001, 0, 1), "0");
  assert.equal(text(100, 0, 10_000), "100");
});

test("very large and very small numbers have an exponent", () => {
  assert.equal(text(1.5e12, 0, 2e12), "1.5e12");
  assert.equal(text(2.5e-8, 0, 1e-7), "2.5e-8");
  assert.equal(text(0, 0, 1e-7), "0");
});

test("what is shown can be read again", () => {
  for (const [value, low, high] of [
    [0.125, 0, 1],
    [-3.5e-9, -1e-8, 1e-8],
    [123_456_789, 0, 1e9],
    [7e10, 0, 1e11],
  ] as const) {
    assert.equal(parseNumber(text(value, low, high)), value);
  }
});

test("a comma and other minus signs are understood, and what is no number is not", () => {
  assert.equal(parseNumber(" 1,5 "), 1.5);
  assert.equal(parseNumber("−12"), -12);
  assert.equal(parseNumber("1e3"), 1000);
  for (const wrong of ["", "  ", "abc", "1.2.3", "Infinity", "1e999", "NaN"])
    assert.equal(parseNumber(wrong), undefined);
});
