import assert from "node:assert/strict";
import test from "node:test";
import { placePanel, placePopup } from "../../../js/src/chrome/place_popup.ts";
import { seededRandom } from "../helpers.ts";

const BOUNDS = { width: 400, height: 300 };

test("a popup is centred below its anchor", () => {
  const spot = placePopup({ width: 100, height: 40 }, { left: 180, top: 10, width: 20, height: 20 }, BOUNDS);
  assert.deepEqual(spot, { left: 140, top: 34, maxHeight: 260 });
});

test("the popup keeps its distance from both edges", () => {
  const right = placePopup({ width: 100, height: 40 }, { left: 380, top: 10, width: 20, height: 20 }, BOUNDS);
  assert.equal(right.left, 294);
  const left = placePopup({ width: 100, height: 40 }, { left: 0, top: 10, width: 20, height: 20 }, BOUNDS);
  assert.equal(left.left, 6);
});

test("the popup is above the anchor if there is more room", () => {
  const spot = placePopup({ width: 100, height: 40 }, { left: 180, top: 270, width: 20, height: 20 }, BOUNDS);
  assert.equal(spot.top, 226);
});

test("the maximum height is always inside the bounds", () => {
  const random = seededRandom(7);
  for (let round = 0; round < 500; round++) {
    const bounds = { width: 100 + 500 * random(), height: 48 + 500 * random() };
    const anchor = {
      left: (bounds.width - 28) * random(),
      top: (bounds.height - 28) * random(),
      width: 28,
      height: 28,
    };
    const popup = { width: (bounds.width - 12) * random(), height: 400 * random() };
    const { left, top, maxHeight } = placePopup(popup, anchor, bounds);
    const height = Math.min(popup.height, maxHeight);
    assert.ok(left >= 6 && left + popup.width <= bounds.width - 6 + 1e-9);
    if (height > 0) assert.ok(top >= 6 - 1e-9 && top + height <= bounds.height - 6 + 1e-9);
    assert.ok(top >= anchor.top + anchor.height || top + height <= anchor.top);
  }
});

test("a panel is placed like a popup where there is room", () => {
  const anchor = { left: 180, top: 10, width: 20, height: 20 };
  const panel = { width: 100, height: 250 };
  assert.deepEqual(placePanel(panel, anchor, BOUNDS), placePopup(panel, anchor, BOUNDS));
});

test("in a low view a panel has all of the height, beside its anchor", () => {
  const panel = { width: 280, height: 300 };
  const low = { width: 480, height: 120 };
  const atEnd = placePanel(panel, { left: 400, top: 8, width: 28, height: 28 }, low);
  assert.deepEqual(atEnd, { left: 116, top: 6, maxHeight: 108 });
  const atStart = placePanel(panel, { left: 20, top: 8, width: 28, height: 28 }, low);
  assert.deepEqual(atStart, { left: 52, top: 6, maxHeight: 108 });
});

test("in a view that is small all round, a panel stays inside", () => {
  const anchor = { left: 200, top: 8, width: 28, height: 28 };
  const { left, top, maxHeight } = placePanel({ width: 228, height: 300 }, anchor, { width: 240, height: 120 });
  assert.deepEqual([left, top, maxHeight], [6, 6, 108]);
});
