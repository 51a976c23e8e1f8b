import assert from "node:assert/strict";
import test from "node:test";
import { StickyMessages } from "../../../js/src/flow/sticky_messages.ts";
import type { ClientMessage } from "../../../js/src/wire/messages.ts";

function viewport(width: number): ClientMessage {
  return { type: "set_viewport", width, height: 9, pwidth: width, pheight: 9, ratio: 1 };
}

test("the last size is kept, and that the view is hidden", () => {
  const stickyMessages = new StickyMessages();
  const hidden: ClientMessage = { type: "visibility", visible: false };
  for (const message of [viewport(1), hidden, viewport(2)]) assert.equal(stickyMessages.keep(message), true);
  assert.deepEqual([...stickyMessages], [viewport(2), hidden]);
  assert.deepEqual([...stickyMessages], [viewport(2), hidden]); // repeatable
  assert.equal(stickyMessages.isHidden, true);
});

test("visible is the server's default and not kept", () => {
  const stickyMessages = new StickyMessages();
  stickyMessages.keep({ type: "visibility", visible: false });
  assert.equal(stickyMessages.keep({ type: "visibility", visible: true }), true);
  assert.deepEqual([...stickyMessages], []);
  assert.equal(stickyMessages.isHidden, false);
});

test("acks, events and requests are not sticky", () => {
  const stickyMessages = new StickyMessages();
  const passing: ClientMessage[] = [
    { type: "ack", seq: 1, displayed: true, decode_queue_size: 0 },
    { type: "request_keyframe", reason: "x" },
    { type: "event", event: { type: "pointer_down" } },
  ];
  for (const message of passing) assert.equal(stickyMessages.keep(message), false);
  assert.deepEqual([...stickyMessages], []);
});
