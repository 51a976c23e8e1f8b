import assert from "node:assert/strict";
import test from "node:test";
import { COLORMAP_NAMES, Colormap, cssColor } from "../../../js/src/flow/colormap.ts";

test("each built-in colormap has colours from its first to its last", () => {
  assert.deepEqual([...COLORMAP_NAMES].sort(), [
    "cividis",
    "coolwarm",
    "gray",
    "gray_r",
    "inferno",
    "magma",
    "plasma",
    "turbo",
    "twilight",
    "viridis",
  ]);
  for (const name of COLORMAP_NAMES) {
    const colormap = Colormap.named(name);
    for (const fraction of [-1, 0, 0.37, 1, 2]) {
      for (const channel of colormap?.at(fraction) ?? [NaN]) assert.ok(channel >= 0 && channel <= 255, name);
    }
  }
});

test("an empty name is gray, and an unknown one is no built-in colormap", () => {
  assert.deepEqual(Colormap.named("")?.at(0), [0, 0, 0]);
  assert.deepEqual(Colormap.named("")?.at(1), [255, 255, 255]);
  assert.deepEqual(Colormap.named("gray_r")?.at(1), [0, 0, 0]);
  assert.equal(Colormap.named("toString"), undefined);
});

test("between its stops a colormap is interpolated", () => {
  const middle = Colormap.named("")?.at(0.5) ?? [0, 0, 0];
  assert.ok(Math.abs(middle[0] - 127.5) < 1);
  assert.equal(cssColor([1.4, 2.6, 3]), "rgb(1 3 3)");
  assert.match(Colormap.named("")?.gradient ?? "", /^linear-gradient\(90deg, rgb\(0 0 0\), .*rgb\(255 255 255\)\)$/);
});
