import assert from "node:assert/strict";
import test from "node:test";
import { Demand } from "../../../js/src/link/subscription.ts";
import type { ClientMessage, SetViewport } from "../../../js/src/wire/messages.ts";

function viewport(width: number, height: number): SetViewport {
  return { type: "set_viewport", width, height, pwidth: 2 * width, pheight: 2 * height, ratio: 2 };
}

function demand() {
  const sent: ClientMessage[] = [];
  return { sent, demand: new Demand((message) => sent.push(message)) };
}

test("what a server assumes is not said, and nothing twice", () => {
  const { sent, demand: made } = demand();
  made.isWanted = true;
  made.mostFps = undefined;
  made.fit([]);
  assert.deepEqual(sent, []);
  made.isWanted = false;
  made.isWanted = false;
  made.mostFps = 10;
  made.mostFps = 10;
  assert.deepEqual(sent, [
    { type: "visibility", visible: false },
    { type: "limit_rate", fps: 10 },
  ]);
});

test("a limit that is lifted is said without one", () => {
  const { sent, demand: made } = demand();
  made.mostFps = 10;
  made.mostFps = undefined;
  assert.deepEqual(sent.at(-1), { type: "limit_rate" });
});

test("the largest of the views counts, and goes on to count when all are out of sight", () => {
  const { sent, demand: made } = demand();
  made.fit([viewport(100, 50), viewport(80, 80), viewport(10, 10)]);
  made.fit([viewport(80, 80), viewport(10, 10)]);
  made.fit([]);
  assert.deepEqual(sent, [viewport(80, 80)]);
});

test("somebody new is told everything anew", () => {
  const { sent, demand: made } = demand();
  made.isWanted = false;
  made.fit([viewport(8, 6)]);
  made.reset();
  made.isWanted = false;
  made.fit([viewport(8, 6)]);
  assert.equal(sent.length, 4);
});
