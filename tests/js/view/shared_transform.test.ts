import assert from "node:assert/strict";
import test from "node:test";
import type { Scene } from "../../../js/src/flow/view_transform.ts";
import type { Seen } from "../../../js/src/host/settings.ts";
import { Sight } from "../../../js/src/view/shared_transform.ts";

const SCENE: Scene = {
  fit: "contain",
  viewport: { width: 300, height: 100 },
  frame: { width: 300, height: 100 },
  ratio: 1,
};
const TWICE = { zoom: 2, x: 0.5, y: 0.5 };

function makeSight() {
  const told: Seen[] = [];
  const sight = new Sight((seen) => told.push(seen));
  return { sight, told, view: {} };
}

test("what is seen is told as soon as there is a picture, in frame pixels", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { sight, told, view } = makeSight();
  sight.look(TWICE, false);
  assert.deepEqual(told, []);
  sight.note(view, SCENE);
  assert.deepEqual(told, [{ region: { x: 75, y: 25, width: 150, height: 50 }, zoom: 2 }]);
});

test("it is told ten times a second at most, the last of it always, and never twice", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { sight, told, view } = makeSight();
  sight.note(view, SCENE);
  for (let step = 1; step <= 10; step++) {
    sight.look({ ...TWICE, zoom: 1 + step / 10 }, false);
    t.mock.timers.tick(15);
  }
  assert.deepEqual(
    told.map(({ zoom }) => zoom),
    [1, 1.7],
  );
  t.mock.timers.tick(1000);
  assert.deepEqual(
    told.map(({ zoom }) => zoom),
    [1, 1.7, 2],
  );
  sight.note(view, { ...SCENE });
  t.mock.timers.tick(1000);
  assert.equal(told.length, 3);
});

test("numbers are told to a hundredth of a pixel", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { sight, told, view } = makeSight();
  sight.look({ zoom: 7, x: 1 / 3, y: 0.5 }, false);
  sight.note(view, SCENE);
  assert.deepEqual(told, [{ region: { x: 78.57, y: 42.86, width: 42.86, height: 14.29 }, zoom: 7 }]);
});

test("a frame of another size shows the same part, and that is told", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { sight, told, view } = makeSight();
  sight.look(TWICE, false);
  sight.note(view, SCENE);
  sight.note(view, { ...SCENE, frame: { width: 600, height: 200 } });
  t.mock.timers.tick(100);
  assert.deepEqual(told.at(-1), { region: { x: 150, y: 50, width: 300, height: 100 }, zoom: 2 });
});

test("of several views the one tells that is there longest, and when it goes the next", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { sight, told, view } = makeSight();
  const other = {};
  sight.look(TWICE, false);
  sight.note(view, SCENE);
  sight.note(other, { ...SCENE, viewport: { width: 100, height: 100 } });
  t.mock.timers.tick(100);
  assert.equal(told.length, 1);
  sight.note(view, undefined);
  t.mock.timers.tick(100);
  assert.deepEqual(told.at(-1), { region: { x: 75, y: 0, width: 150, height: 100 }, zoom: 2 });
  sight.note(other, undefined);
  sight.look({ ...TWICE, zoom: 4 }, false);
  t.mock.timers.tick(1000);
  assert.equal(told.length, 2);
});

test("Python is answered even if what it asked for was seen already", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { sight, told, view } = makeSight();
  sight.note(view, SCENE);
  sight.answer();
  t.mock.timers.tick(100);
  assert.equal(told.length, 2);
  assert.deepEqual(told[1], told[0]);
});

test("those who follow hear of each new lens once, and whether to glide there, while their signal lasts", () => {
  const { sight } = makeSight();
  const heard: unknown[] = [];
  const controller = new AbortController();
  sight.follow((lens, isSmooth) => heard.push([lens, isSmooth]), controller.signal);
  sight.look(TWICE, true);
  sight.look({ ...TWICE }, false);
  assert.deepEqual(heard, [[TWICE, true]]);
  controller.abort();
  sight.look({ ...TWICE, zoom: 3 }, false);
  sight.follow(() => assert.fail("it is too late to follow"), AbortSignal.abort());
  sight.look(TWICE, false);
  assert.equal(heard.length, 1);
});
