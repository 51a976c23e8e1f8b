import assert from "node:assert/strict";
import test from "node:test";
import { Subscription } from "../../../js/src/link/subscription.ts";
import type { ClientMessage, SetViewport } from "../../../js/src/wire/messages.ts";

function viewport(width: number, height: number): SetViewport {
  return { type: "set_viewport", width, height, pwidth: 2 * width, pheight: 2 * height, ratio: 2 };
}

function subscription() {
  const sent: ClientMessage[] = [];
  return { sent, subscription: new Subscription((message) => sent.push(message)) };
}

test("defaults and unchanged values are not sent", () => {
  const { sent, subscription: made } = subscription();
  made.wantsFrames = true;
  made.maxFps = undefined;
  made.requestSize([]);
  assert.deepEqual(sent, []);
  made.wantsFrames = false;
  made.wantsFrames = false;
  made.maxFps = 10;
  made.maxFps = 10;
  assert.deepEqual(sent, [
    { type: "visibility", visible: false },
    { type: "limit_rate", fps: 10 },
  ]);
});

test("a lifted limit is sent without a value", () => {
  const { sent, subscription: made } = subscription();
  made.maxFps = 10;
  made.maxFps = undefined;
  assert.deepEqual(sent.at(-1), { type: "limit_rate" });
});

test("the largest view counts, and still counts when none is visible", () => {
  const { sent, subscription: made } = subscription();
  made.requestSize([viewport(100, 50), viewport(80, 80), viewport(10, 10)]);
  made.requestSize([viewport(80, 80), viewport(10, 10)]);
  made.requestSize([]);
  assert.deepEqual(sent, [viewport(80, 80)]);
});

test("after a reset everything is sent again", () => {
  const { sent, subscription: made } = subscription();
  made.wantsFrames = false;
  made.requestSize([viewport(8, 6)]);
  made.reset();
  made.wantsFrames = false;
  made.requestSize([viewport(8, 6)]);
  assert.equal(sent.length, 4);
});
