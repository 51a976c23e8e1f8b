import assert from "node:assert/strict";
import test from "node:test";
import type { Box, Fit, Point, Size } from "../../../js/src/flow/geometry.ts";
import { placeFrame } from "../../../js/src/flow/geometry.ts";
import type { Region, ViewLayout, ViewTransform } from "../../../js/src/flow/view_transform.ts";
import {
  WHOLE,
  clampTransform,
  cssPerPixel,
  isPixelated,
  panBy,
  panZoom,
  transformOf,
  transformedBox,
  visibleRegion,
  zoomAt,
} from "../../../js/src/flow/view_transform.ts";
import { seededRandom } from "../helpers.ts";

const FITS: readonly Fit[] = ["contain", "cover", "fill"];
const RATIOS = [1, 1.5, 2];

interface Case {
  readonly layout: ViewLayout;
  readonly transform: ViewTransform;
  /** A random point in the viewport. */
  readonly css: Point;
  readonly random: () => number;
}

function* randomCases(count: number): Generator<Case> {
  const random = seededRandom(11);
  const size = (): Size => ({ width: 20 + Math.floor(random() * 1500), height: 20 + Math.floor(random() * 1000) });
  for (let round = 0; round < count; round += 1) {
    const layout: ViewLayout = {
      fit: FITS[round % 3] ?? "contain",
      ratio: RATIOS[Math.floor(round / 3) % 3] ?? 1,
      viewport: size(),
      frame: size(),
    };
    const transform = clampTransform({ zoom: Math.exp(random() * 4), x: random(), y: random() }, layout);
    const css = { x: random() * layout.viewport.width, y: random() * layout.viewport.height };
    yield { layout, transform, css, random };
  }
}

function layout(viewport: Size, frame: Size, { fit = "contain" as Fit, ratio = 1 } = {}): ViewLayout {
  return { fit, viewport, frame, ratio };
}

function close(actual: number, expected: number, what: string, by = 1e-6): void {
  assert.ok(
    Math.abs(actual - expected) <= by * Math.max(1, Math.abs(expected)),
    `${what}: ${actual} is not ${expected}`,
  );
}

function contains(outer: Region, inner: Region): boolean {
  const slack = 1e-6;
  return (
    outer.x <= inner.x + slack &&
    outer.y <= inner.y + slack &&
    outer.x + outer.width >= inner.x + inner.width - slack &&
    outer.y + outer.height >= inner.y + inner.height - slack
  );
}

/** The point of the frame at a point of the viewport, as a fraction of the frame. */
function under(box: Box, css: Point): Point {
  return { x: (css.x - box.left) / box.width, y: (css.y - box.top) / box.height };
}

test("zooming keeps the point under the pointer fixed, unless that would show a bar", () => {
  let kept = 0;
  for (const { layout, transform, css, random } of randomCases(900)) {
    const factor = Math.exp(random() * 2 - 1);
    const [before, after] = [
      transformedBox(transform, layout),
      transformedBox(zoomAt(transform, factor, css, layout), layout),
    ];
    // Both boxes are snapped to device pixels and to whole multiples of the frame.
    const slack = 2 * (4 / layout.ratio);
    for (const [axis, start, length] of [
      ["x", "left", "width"],
      ["y", "top", "height"],
    ] as const) {
      const room = layout.viewport[length];
      const isAtEdge = after[start] >= -slack || after[start] + after[length] <= room + slack;
      if (isAtEdge) continue;
      const moved = Math.abs(under(before, css)[axis] - under(after, css)[axis]) * after[length];
      assert.ok(moved <= slack * Math.max(1, factor), `moved by ${moved} CSS pixels`);
      kept += 1;
    }
  }
  assert.ok(kept > 300, `${kept} were looked at`);
});

test("zooming in and out again restores the transform", () => {
  for (const { layout, css } of randomCases(300)) {
    const back = zoomAt(zoomAt(WHOLE, 1.25, css, layout), 1 / 1.25, css, layout);
    for (const name of ["zoom", "x", "y"] as const) close(back[name], WHOLE[name], name);
  }
});

test("a zoom within the limits is not changed", () => {
  const view = layout({ width: 400, height: 300 }, { width: 800, height: 600 });
  assert.equal(zoomAt(WHOLE, 2, { x: 10, y: 10 }, view).zoom, 2);
  assert.equal(zoomAt(WHOLE, 0.5, { x: 10, y: 10 }, view).zoom, 1);
  const most = zoomAt(WHOLE, 1e9, { x: 10, y: 10 }, view);
  close(cssPerPixel(most, view), 64, "CSS pixels for a pixel of the frame");
});

test("no bar appears that the fitted picture does not have", () => {
  for (const { layout, transform, css, random } of randomCases(900)) {
    const drag = { x: (random() - 0.5) * 4000, y: (random() - 0.5) * 4000 };
    const to = { x: css.x + drag.x, y: css.y + drag.y };
    for (const moved of [
      panBy(transform, drag, layout),
      panZoom(transform, css, to, Math.exp(random() * 2 - 1), layout),
    ]) {
      const box = transformedBox(moved, layout);
      const fitted = placeFrame(layout.fit, layout.viewport, layout.frame);
      for (const [start, length] of [
        ["left", "width"],
        ["top", "height"],
      ] as const) {
        const room = layout.viewport[length];
        const isLonger = fitted[length] * moved.zoom >= room - 1e-9;
        // A side slightly longer than the view may be snapped to slightly shorter.
        const snap = 2 / layout.ratio;
        const bars = Math.max(0, box[start]) + Math.max(0, room - box[start] - box[length]);
        if (isLonger) assert.ok(bars <= Math.max(0, room - box[length]) + 1e-9 + 1 / layout.ratio && bars <= 2 * snap);
        else assert.ok(box[start] >= -snap && box[start] + box[length] <= room + snap, "a bar on both sides");
      }
    }
  }
});

test("panning moves the picture by the given distance, up to its edge", () => {
  const view = layout({ width: 400, height: 200 }, { width: 400, height: 200 });
  const twice = { zoom: 2, x: 0.5, y: 0.5 };
  assert.deepEqual(transformedBox(panBy(twice, { x: -30, y: 20 }, view), view), {
    left: -230,
    top: -80,
    width: 800,
    height: 400,
  });
  assert.deepEqual(panBy(WHOLE, { x: -30, y: 20 }, view), WHOLE);
  assert.equal(transformedBox(panBy(twice, { x: 9999, y: 0 }, view), view).left, 0);
});

test("panZoom moves a point and zooms", () => {
  const view = layout({ width: 400, height: 200 }, { width: 400, height: 200 });
  const from = { x: 100, y: 100 };
  const to = { x: 120, y: 90 };
  const transform = panZoom({ zoom: 2, x: 0.5, y: 0.5 }, from, to, 1.5, view);
  assert.equal(transform.zoom, 3);
  const [before, after] = [transformedBox({ zoom: 2, x: 0.5, y: 0.5 }, view), transformedBox(transform, view)];
  for (const axis of ["x", "y"] as const) close(under(after, to)[axis], under(before, from)[axis], axis, 1e-3);
});

test("the transform of a region shows all of it, and no more than the aspect ratio requires", () => {
  for (const { layout, random } of randomCases(900)) {
    const { width, height } = layout.frame;
    const region = { width: (0.05 + 0.9 * random()) * width, height: (0.05 + 0.9 * random()) * height, x: 0, y: 0 };
    Object.assign(region, { x: random() * (width - region.width), y: random() * (height - region.height) });
    const transform = transformOf(region, layout);
    const seen = visibleRegion(transform, layout);
    const whole = visibleRegion(WHOLE, layout);
    // With `cover` a view never shows more than the cropped part.
    if (region.width <= whole.width && region.height <= whole.height) assert.ok(contains(seen, region));
    const isTight = Math.abs(seen.width - region.width) < 1e-6 || Math.abs(seen.height - region.height) < 1e-6;
    const isLimited = transform.zoom === 1 || Math.abs(cssPerPixel(transform, layout) - 64) < 1e-6;
    assert.ok(isTight || isLimited, "it is as large as it can be");
  }
});

test("the transform of the visible region is the original transform", () => {
  for (const { layout, transform } of randomCases(600)) {
    const again = transformOf(visibleRegion(transform, layout), layout);
    for (const name of ["zoom", "x", "y"] as const) close(again[name], transform[name], name);
  }
});

test("a region outside the frame, or an empty one, still gives a valid transform", () => {
  const view = layout({ width: 400, height: 200 }, { width: 400, height: 200 });
  for (const region of [
    { x: -900, y: -900, width: 10, height: 10 },
    { x: 900, y: 900, width: 1e-12, height: 1e-12 },
    { x: -100, y: -100, width: 9000, height: 9000 },
  ]) {
    const seen = visibleRegion(transformOf(region, view), view);
    assert.ok(seen.width > 0 && seen.height > 0 && contains({ x: 0, y: 0, width: 400, height: 200 }, seen));
  }
});

test("the same transform shows the same part of a frame of another size", () => {
  const small = layout({ width: 300, height: 200 }, { width: 320, height: 180 });
  const large = layout({ width: 300, height: 200 }, { width: 1280, height: 720 });
  for (const { transform } of randomCases(100)) {
    const [a, b] = [clampTransform(transform, small), clampTransform(transform, large)];
    if (a.zoom !== b.zoom) continue;
    const [seen, larger] = [visibleRegion(a, small), visibleRegion(b, large)];
    for (const name of ["x", "y", "width", "height"] as const) close(larger[name], 4 * seen[name], name);
  }
});

test("a frame of nearly the view's size is shown at one device pixel per frame pixel", () => {
  for (const ratio of RATIOS) {
    // A frame rendered for the view's device pixels, rounded to even sides for video.
    const frame = { width: 2 * Math.floor((401 * ratio) / 2), height: 2 * Math.floor((303 * ratio) / 2) };
    const box = transformedBox(WHOLE, layout({ width: 401, height: 303 }, frame, { ratio }));
    close(box.width * ratio, frame.width, "device pixels across");
    close(box.height * ratio, frame.height, "device pixels down");
  }
  const far = transformedBox(WHOLE, layout({ width: 400, height: 300 }, { width: 392, height: 294 }));
  assert.deepEqual([far.width, far.height], [400, 300]);
});

test("the picture's corner is always on a whole device pixel", () => {
  for (const { layout, transform } of randomCases(300)) {
    const { left, top } = transformedBox(transform, layout);
    for (const side of [left, top]) close(side * layout.ratio, Math.round(side * layout.ratio), "device pixels", 1e-9);
  }
});

test("nearly a whole number of device pixels per frame pixel is snapped to it", () => {
  const view = layout({ width: 400, height: 300 }, { width: 400, height: 300 }, { ratio: 2 });
  const box = transformedBox({ zoom: 2.001, x: 0.5, y: 0.5 }, view);
  assert.deepEqual([box.width, box.height], [800, 600]);
});

test("pixels wider than three CSS pixels are shown as squares, zoomed or not", () => {
  const view = layout({ width: 400, height: 300 }, { width: 400, height: 300 });
  assert.equal(isPixelated({ ...WHOLE, zoom: 3 }, view), false);
  assert.equal(isPixelated({ ...WHOLE, zoom: 3.01 }, view), true);
  assert.equal(isPixelated(WHOLE, { ...view, frame: { width: 40, height: 30 } }), true);
});
