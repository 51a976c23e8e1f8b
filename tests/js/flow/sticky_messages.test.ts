import assert from "node:assert/strict";
import test from "node:test";
import { StickyMessages } from "../../../js/src/flow/sticky_messages.ts";
import type { ClientMessage } from "../../../js/src/wire/messages.ts";

function viewport(width: number): ClientMessage {
  return { type: "set_viewport", width, height: 9, pwidth: width, pheight: 9, ratio: 1 };
}

test("the last size is kept, and that nobody looks", () => {
  const reminders = new StickyMessages();
  const hidden: ClientMessage = { type: "visibility", visible: false };
  for (const message of [viewport(1), hidden, viewport(2)]) assert.equal(reminders.keep(message), true);
  assert.deepEqual([...reminders], [viewport(2), hidden]);
  assert.deepEqual([...reminders], [viewport(2), hidden]); // as often as it is asked
  assert.equal(reminders.isHidden, true);
});

test("that somebody looks is what a server assumes", () => {
  const reminders = new StickyMessages();
  reminders.keep({ type: "visibility", visible: false });
  assert.equal(reminders.keep({ type: "visibility", visible: true }), true);
  assert.deepEqual([...reminders], []);
  assert.equal(reminders.isHidden, false);
});

test("acks, events and requests are for one server only", () => {
  const reminders = new StickyMessages();
  const passing: ClientMessage[] = [
    { type: "ack", seq: 1, displayed: true, decode_queue_size: 0 },
    { type: "request_keyframe", reason: "x" },
    { type: "event", event: { type: "pointer_down" } },
  ];
  for (const message of passing) assert.equal(reminders.keep(message), false);
  assert.deepEqual([...reminders], []);
});
