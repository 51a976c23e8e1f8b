import assert from "node:assert/strict";
import test from "node:test";
import type { ViewLayout } from "../../../js/src/flow/view_transform.ts";
import type { VisiblePart } from "../../../js/src/host/settings.ts";
import { SharedTransform } from "../../../js/src/view/shared_transform.ts";

const LAYOUT: ViewLayout = {
  fit: "contain",
  viewport: { width: 300, height: 100 },
  frame: { width: 300, height: 100 },
  ratio: 1,
};
const TWICE = { zoom: 2, x: 0.5, y: 0.5 };

function makeSight() {
  const reports: VisiblePart[] = [];
  const sharedTransform = new SharedTransform((seen) => reports.push(seen));
  return { sharedTransform, reports, view: {} };
}

test("the visible part is reported in frame pixels as soon as there is a picture", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { sharedTransform, reports, view } = makeSight();
  sharedTransform.set(TWICE, false);
  assert.deepEqual(reports, []);
  sharedTransform.setLayout(view, LAYOUT);
  assert.deepEqual(reports, [{ region: { x: 75, y: 25, width: 150, height: 50 }, zoom: 2 }]);
});

test("reports are throttled to ten a second, include the last change and never repeat", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { sharedTransform, reports, view } = makeSight();
  sharedTransform.setLayout(view, LAYOUT);
  for (let step = 1; step <= 10; step++) {
    sharedTransform.set({ ...TWICE, zoom: 1 + step / 10 }, false);
    t.mock.timers.tick(15);
  }
  assert.deepEqual(
    reports.map(({ zoom }) => zoom),
    [1, 1.7],
  );
  t.mock.timers.tick(1000);
  assert.deepEqual(
    reports.map(({ zoom }) => zoom),
    [1, 1.7, 2],
  );
  sharedTransform.setLayout(view, { ...LAYOUT });
  t.mock.timers.tick(1000);
  assert.equal(reports.length, 3);
});

test("numbers are reported to a hundredth of a pixel", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { sharedTransform, reports, view } = makeSight();
  sharedTransform.set({ zoom: 7, x: 1 / 3, y: 0.5 }, false);
  sharedTransform.setLayout(view, LAYOUT);
  assert.deepEqual(reports, [{ region: { x: 78.57, y: 42.86, width: 42.86, height: 14.29 }, zoom: 7 }]);
});

test("after a change of frame size the same part is reported in new pixels", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { sharedTransform, reports, view } = makeSight();
  sharedTransform.set(TWICE, false);
  sharedTransform.setLayout(view, LAYOUT);
  sharedTransform.setLayout(view, { ...LAYOUT, frame: { width: 600, height: 200 } });
  t.mock.timers.tick(100);
  assert.deepEqual(reports.at(-1), { region: { x: 150, y: 50, width: 300, height: 100 }, zoom: 2 });
});

test("the oldest view is reported, and the next one when it is removed", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { sharedTransform, reports, view } = makeSight();
  const other = {};
  sharedTransform.set(TWICE, false);
  sharedTransform.setLayout(view, LAYOUT);
  sharedTransform.setLayout(other, { ...LAYOUT, viewport: { width: 100, height: 100 } });
  t.mock.timers.tick(100);
  assert.equal(reports.length, 1);
  sharedTransform.setLayout(view, undefined);
  t.mock.timers.tick(100);
  assert.deepEqual(reports.at(-1), { region: { x: 75, y: 0, width: 150, height: 100 }, zoom: 2 });
  sharedTransform.setLayout(other, undefined);
  sharedTransform.set({ ...TWICE, zoom: 4 }, false);
  t.mock.timers.tick(1000);
  assert.equal(reports.length, 2);
});

test("reportAgain reports an unchanged part", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { sharedTransform, reports, view } = makeSight();
  sharedTransform.setLayout(view, LAYOUT);
  sharedTransform.reportAgain();
  t.mock.timers.tick(100);
  assert.equal(reports.length, 2);
  assert.deepEqual(reports[1], reports[0]);
});

test("followers get each new transform once, with the animation flag, until their signal aborts", () => {
  const { sharedTransform } = makeSight();
  const received: unknown[] = [];
  const controller = new AbortController();
  sharedTransform.follow((transform, isSmooth) => received.push([transform, isSmooth]), controller.signal);
  sharedTransform.set(TWICE, true);
  sharedTransform.set({ ...TWICE }, false);
  assert.deepEqual(received, [[TWICE, true]]);
  controller.abort();
  sharedTransform.set({ ...TWICE, zoom: 3 }, false);
  sharedTransform.follow(() => assert.fail("it is too late to follow"), AbortSignal.abort());
  sharedTransform.set(TWICE, false);
  assert.equal(received.length, 1);
});
