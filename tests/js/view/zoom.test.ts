import assert from "node:assert/strict";
import test from "node:test";
import type { Scene } from "../../../js/src/flow/view_transform.ts";
import { WHOLE, placeLens, regionOf } from "../../../js/src/flow/view_transform.ts";
import { Settings } from "../../../js/src/host/settings.ts";
import { Traits } from "../../../js/src/host/traits.ts";
import { Sight } from "../../../js/src/view/shared_transform.ts";
import { Zoom } from "../../../js/src/view/zoom.ts";
import { StubModel } from "../helpers.ts";

const SCENE: Scene = {
  fit: "contain",
  viewport: { width: 320, height: 180 },
  frame: { width: 640, height: 360 },
  ratio: 1,
};

function makeZoom() {
  const sight = new Sight(() => undefined);
  const { signal } = new AbortController();
  const settings = new Settings(new Traits(new StubModel()), () => undefined, signal);
  const glides: boolean[] = [];
  sight.follow((_, isSmooth) => glides.push(isSmooth), signal);
  /** Without a scene there is no picture. */
  const place: { scene: Scene | undefined } = { scene: SCENE };
  return { zoom: new Zoom(sight, settings, () => place.scene), sight, settings, glides, place };
}

test("by default it zooms about the middle", () => {
  const { zoom, sight, glides } = makeZoom();
  assert.equal(zoom.isZoomed, false);
  zoom.by(2, undefined, true);
  assert.deepEqual(sight.lens, { zoom: 2, x: 0.5, y: 0.5 });
  assert.deepEqual([zoom.isZoomed, glides], [true, [true]]);
  zoom.by(4, { x: 0, y: 0 }, false);
  assert.deepEqual(placeLens(sight.lens, SCENE).left, -640);
  zoom.reset();
  assert.deepEqual([sight.lens, glides], [WHOLE, [true, false, true]]);
});

test("without a picture there is nothing to move", () => {
  const { zoom, sight, place } = makeZoom();
  place.scene = undefined;
  zoom.by(2, undefined, true);
  zoom.pan({ x: 10, y: 10 }, false);
  zoom.carry(WHOLE, { x: 0, y: 0 }, { x: 1, y: 1 }, 2);
  assert.deepEqual([sight.lens, zoom.lens], [WHOLE, WHOLE]);
});

test("a lens that another view set is what this one can show of it", () => {
  const { zoom, sight } = makeZoom();
  sight.look({ zoom: 1e6, x: 0, y: 0 }, false);
  assert.equal(zoom.lens.zoom, 128);
  zoom.by(0.5, undefined, false);
  assert.equal(sight.lens.zoom, 64);
});

test("where Python wants to look is gone to at once, or when there is a picture, and once", () => {
  const { zoom, sight, settings, place, glides } = makeZoom();
  const region = { x: 100, y: 50, width: 160, height: 90 };
  settings.goal.value = { region };
  zoom.seek();
  assert.deepEqual(regionOf(sight.lens, SCENE), region);
  assert.deepEqual([settings.goal.value, glides], [undefined, [true]]);

  place.scene = undefined;
  settings.goal.value = { zoom: 2 };
  zoom.seek();
  assert.equal(sight.lens.zoom, 4);
  place.scene = SCENE;
  zoom.seek();
  assert.equal(sight.lens.zoom, 2);
  const { x, y } = sight.lens;
  assert.ok(Math.abs(x - 180 / 640) < 1e-9 && Math.abs(y - 95 / 360) < 1e-9, "about what was in the middle");
  zoom.by(2, undefined, false);
  zoom.seek();
  assert.equal(sight.lens.zoom, 4);

  settings.goal.value = { region: undefined };
  zoom.seek();
  assert.deepEqual(sight.lens, WHOLE);
});
