import assert from "node:assert/strict";
import test from "node:test";
import type { ViewLayout } from "../../../js/src/flow/view_transform.ts";
import { WHOLE, transformedBox, visibleRegion } from "../../../js/src/flow/view_transform.ts";
import { Settings } from "../../../js/src/host/settings.ts";
import { Traits } from "../../../js/src/host/traits.ts";
import { SharedTransform } from "../../../js/src/view/shared_transform.ts";
import { Zoom } from "../../../js/src/view/zoom.ts";
import { StubModel } from "../helpers.ts";

const LAYOUT: ViewLayout = {
  fit: "contain",
  viewport: { width: 320, height: 180 },
  frame: { width: 640, height: 360 },
  ratio: 1,
};

function makeZoom() {
  const sharedTransform = new SharedTransform(() => undefined);
  const { signal } = new AbortController();
  const settings = new Settings(new Traits(new StubModel()), () => undefined, signal);
  const glides: boolean[] = [];
  sharedTransform.follow((_, isSmooth) => glides.push(isSmooth), signal);
  /** Undefined before there is a picture. */
  const place: { layout: ViewLayout | undefined } = { layout: LAYOUT };
  return { zoom: new Zoom(sharedTransform, settings, () => place.layout), sharedTransform, settings, glides, place };
}

test("by default zoom is around the middle", () => {
  const { zoom, sharedTransform, glides } = makeZoom();
  assert.equal(zoom.isZoomed, false);
  zoom.by(2, undefined, true);
  assert.deepEqual(sharedTransform.transform, { zoom: 2, x: 0.5, y: 0.5 });
  assert.deepEqual([zoom.isZoomed, glides], [true, [true]]);
  zoom.by(4, { x: 0, y: 0 }, false);
  assert.deepEqual(transformedBox(sharedTransform.transform, LAYOUT).left, -640);
  zoom.reset();
  assert.deepEqual([sharedTransform.transform, glides], [WHOLE, [true, false, true]]);
});

test("without a picture nothing changes", () => {
  const { zoom, sharedTransform, place } = makeZoom();
  place.layout = undefined;
  zoom.by(2, undefined, true);
  zoom.pan({ x: 10, y: 10 }, false);
  zoom.panZoom(WHOLE, { x: 0, y: 0 }, { x: 1, y: 1 }, 2);
  assert.deepEqual([sharedTransform.transform, zoom.transform], [WHOLE, WHOLE]);
});

test("a transform set by another view is clamped to this one's layout", () => {
  const { zoom, sharedTransform } = makeZoom();
  sharedTransform.set({ zoom: 1e6, x: 0, y: 0 }, false);
  assert.equal(zoom.transform.zoom, 128);
  zoom.by(0.5, undefined, false);
  assert.equal(sharedTransform.transform.zoom, 64);
});

test("Python's goal is applied once, as soon as there is a picture", () => {
  const { zoom, sharedTransform, settings, place, glides } = makeZoom();
  const region = { x: 100, y: 50, width: 160, height: 90 };
  settings.goal.value = { region };
  zoom.applyGoal();
  assert.deepEqual(visibleRegion(sharedTransform.transform, LAYOUT), region);
  assert.deepEqual([settings.goal.value, glides], [undefined, [true]]);

  place.layout = undefined;
  settings.goal.value = { zoom: 2 };
  zoom.applyGoal();
  assert.equal(sharedTransform.transform.zoom, 4);
  place.layout = LAYOUT;
  zoom.applyGoal();
  assert.equal(sharedTransform.transform.zoom, 2);
  const { x, y } = sharedTransform.transform;
  assert.ok(Math.abs(x - 180 / 640) < 1e-9 && Math.abs(y - 95 / 360) < 1e-9, "about what was in the middle");
  zoom.by(2, undefined, false);
  zoom.applyGoal();
  assert.equal(sharedTransform.transform.zoom, 4);

  settings.goal.value = { region: undefined };
  zoom.applyGoal();
  assert.deepEqual(sharedTransform.transform, WHOLE);
});
