import assert from "node:assert/strict";
import test from "node:test";
import type { Fit, Size } from "../../../js/src/flow/geometry.ts";
import { placeFrame, toFramePoint } from "../../../js/src/flow/geometry.ts";
import { golden, seededRandom } from "../helpers.ts";

interface Case {
  readonly name: string;
  readonly fit: Fit;
  readonly viewport: readonly [number, number];
  readonly frame: readonly [number, number];
  readonly box: readonly [number, number, number, number];
  readonly points: readonly { css: [number, number]; frame: [number, number]; inside: boolean }[];
}

const FITS: readonly Fit[] = ["contain", "cover", "fill"];

function size([width, height]: readonly [number, number]): Size {
  return { width, height };
}

function close(actual: number, expected: number): void {
  assert.ok(Math.abs(actual - expected) < 1e-9 * Math.max(1, Math.abs(expected)), `${actual} is not ${expected}`);
}

for (const { name, fit, viewport, frame, box, points } of golden<Case[]>("geometry.json") ?? []) {
  test(`golden, ${fit}: ${name}`, () => {
    const placed = placeFrame(fit, size(viewport), size(frame));
    [placed.left, placed.top, placed.width, placed.height].forEach((value, index) => close(value, box[index] ?? NaN));
    for (const point of points) {
      const hit = toFramePoint(placed, size(frame), { x: point.css[0], y: point.css[1] });
      assert.deepEqual([hit.x, hit.y, hit.inside], [...point.frame, point.inside], `at ${point.css}`);
    }
  });
}

function* randomCases(count: number): Generator<{ fit: Fit; viewport: Size; frame: Size; random: () => number }> {
  const random = seededRandom(7);
  const side = (): number => 1 + Math.floor(random() * 2000);
  for (let round = 0; round < count; round += 1) {
    const fit = FITS[round % FITS.length] ?? "contain";
    yield { fit, viewport: { width: side(), height: side() }, frame: { width: side(), height: side() }, random };
  }
}

test("contain stays in the viewport, cover fills it, both keep the aspect ratio and the middle", () => {
  for (const { fit, viewport, frame } of randomCases(600)) {
    const box = placeFrame(fit, viewport, frame);
    close(box.left + box.width / 2, viewport.width / 2);
    close(box.top + box.height / 2, viewport.height / 2);
    if (fit === "fill") continue;
    close(box.width / box.height, frame.width / frame.height);
    const slack = [viewport.width - box.width, viewport.height - box.height].sort((a, b) => a - b);
    close(fit === "contain" ? (slack[0] ?? NaN) : (slack[1] ?? NaN), 0);
    assert.ok(fit === "contain" ? (slack[1] ?? -1) > -1e-9 : (slack[0] ?? 1) < 1e-9);
  }
});

test("the middle of every pixel maps back to the pixel", () => {
  for (const { fit, viewport, frame, random } of randomCases(600)) {
    const box = placeFrame(fit, viewport, frame);
    const x = Math.floor(random() * frame.width);
    const y = Math.floor(random() * frame.height);
    const css = {
      x: box.left + ((x + 0.5) * box.width) / frame.width,
      y: box.top + ((y + 0.5) * box.height) / frame.height,
    };
    assert.deepEqual(toFramePoint(box, frame, css), { x, y, inside: true });
  }
});

test("a point outside the picture is not inside, and its pixel is out of range", () => {
  for (const { fit, viewport, frame } of randomCases(300)) {
    const box = placeFrame(fit, viewport, frame);
    const before = toFramePoint(box, frame, { x: box.left - 0.01 - box.width / frame.width, y: box.top + 0.1 });
    assert.equal(before.inside, false);
    assert.ok(before.x < 0);
    const after = toFramePoint(box, frame, { x: box.left + box.width * 1.001 + 0.01, y: box.top + 0.1 });
    assert.equal(after.inside, false);
    assert.ok(after.x >= frame.width);
  }
});

test("an empty box contains no point", () => {
  const nothing = { left: 0, top: 0, width: 0, height: 0 };
  assert.deepEqual(toFramePoint(nothing, { width: 4, height: 4 }, { x: 0, y: 0 }), { x: 0, y: 0, inside: false });
});
