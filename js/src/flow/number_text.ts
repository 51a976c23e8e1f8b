import type { NumberAxis } from "./number_axis.ts";
import { decimalsOf } from "./number_axis.ts";

/** Longer numbers are written with an exponent. */
const MAX_WHOLE = 1e9;
const MAX_DECIMALS = 6;
const EXPONENT_DIGITS = 4;

/** Format a number so that neighbours on the axis differ, in a form that `parseNumber` reads. */
export function formatNumber(value: number, axis: NumberAxis): string {
  const decimals = decimalsOf(axis);
  if (Math.abs(value) >= MAX_WHOLE || decimals > MAX_DECIMALS) return withExponent(value);
  const text = value.toFixed(decimals);
  return Number(text) === 0 ? "0" : text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

/** Read a number that a user typed, also with a comma or a real minus sign; undefined if it is none. */
export function parseNumber(text: string): number | undefined {
  const plain = text.trim().replace(/^[−–]/, "-").replace(",", ".");
  const value = Number(plain);
  return plain === "" || !Number.isFinite(value) ? undefined : value;
}

function withExponent(value: number): string {
  return value === 0
    ? "0"
    : value
        .toExponential(EXPONENT_DIGITS)
        .replace(/\.?0+e/, "e")
        .replace("e+", "e");
}
