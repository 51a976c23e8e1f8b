import assert from "node:assert/strict";
import test from "node:test";
import type { ViewLayout } from "../../../js/src/flow/view_transform.ts";
import { WHOLE, transformedBox, visibleRegion } from "../../../js/src/flow/view_transform.ts";
import { Settings } from "../../../js/src/host/settings.ts";
import { Traits } from "../../../js/src/host/traits.ts";
import { SharedTransform } from "../../../js/src/view/shared_transform.ts";
import { Zoom } from "../../../js/src/view/zoom.ts";
import { StubModel } from "../helpers.ts";

const SCENE: ViewLayout = {
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
  /** Without a scene there is no picture. */
  const place: { layout: ViewLayout | undefined } = { layout: SCENE };
  return { zoom: new Zoom(sharedTransform, settings, () => place.layout), sharedTransform, settings, glides, place };
}

test("by default it zooms about the middle", () => {
  const { zoom, sharedTransform, glides } = makeZoom();
  assert.equal(zoom.isZoomed, false);
  zoom.by(2, undefined, true);
  assert.deepEqual(sharedTransform.transform, { zoom: 2, x: 0.5, y: 0.5 });
  assert.deepEqual([zoom.isZoomed, glides], [true, [true]]);
  zoom.by(4, { x: 0, y: 0 }, false);
  assert.deepEqual(transformedBox(sharedTransform.transform, SCENE).left, -640);
  zoom.reset();
  assert.deepEqual([sharedTransform.transform, glides], [WHOLE, [true, false, true]]);
});

test("without a picture there is nothing to move", () => {
  const { zoom, sharedTransform, place } = makeZoom();
  place.layout = undefined;
  zoom.by(2, undefined, true);
  zoom.pan({ x: 10, y: 10 }, false);
  zoom.panZoom(WHOLE, { x: 0, y: 0 }, { x: 1, y: 1 }, 2);
  assert.deepEqual([sharedTransform.transform, zoom.transform], [WHOLE, WHOLE]);
});

test("a transform that another view set is what this one can show of it", () => {
  const { zoom, sharedTransform } = makeZoom();
  sharedTransform.set({ zoom: 1e6, x: 0, y: 0 }, false);
  assert.equal(zoom.transform.zoom, 128);
  zoom.by(0.5, undefined, false);
  assert.equal(sharedTransform.transform.zoom, 64);
});

test("where Python wants to look is gone to at once, or when there is a picture, and once", () => {
  const { zoom, sharedTransform, settings, place, glides } = makeZoom();
  const region = { x: 100, y: 50, width: 160, height: 90 };
  settings.goal.value = { region };
  zoom.applyGoal();
  assert.deepEqual(visibleRegion(sharedTransform.transform, SCENE), region);
  assert.deepEqual([settings.goal.value, glides], [undefined, [true]]);

  place.layout = undefined;
  settings.goal.value = { zoom: 2 };
  zoom.applyGoal();
  assert.equal(sharedTransform.transform.zoom, 4);
  place.layout = SCENE;
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
