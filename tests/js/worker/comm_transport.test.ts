import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import test from "node:test";
import type { CommCommand } from "../../../js/src/wire/worker_messages.ts";
import { CommTransports } from "../../../js/src/worker/comm_transport.ts";

/** Channels whose words to Python, and what they tell their ports, are noted. */
function makeChannels(t: TestContext) {
  t.mock.timers.enable({ apis: ["setInterval"] });
  const said: [id: string, message: CommCommand][] = [];
  const channels = new CommTransports((id, message) => said.push([id, message]));
  const open = () => {
    const heard: unknown[] = [];
    const channel = channels.open({
      onOpen: () => heard.push("opened"),
      onMessage: (data) => heard.push(data),
      onClose: (code, reason) => heard.push([code, reason]),
    });
    const [id] = said.at(-1) ?? assert.fail("nothing was said");
    return { channel, heard, id };
  };
  return { channels, said, open };
}

test("a channel asks Python to open it, and need not wait for an answer", async (t) => {
  const { said, open } = makeChannels(t);
  const { channel, heard, id } = open();
  assert.deepEqual(said, [[id, { say: "open" }]]);
  assert.deepEqual(heard, []); // not before whoever opened it has it
  await Promise.resolve();
  assert.deepEqual(heard, ["opened"]);
  channel.send("hello");
  assert.deepEqual(said[1], [id, { say: "text", text: "hello" }]);
});

test("each channel hears what has its name, and no other", async (t) => {
  const { channels, open } = makeChannels(t);
  const [first, second] = [open(), open()];
  await Promise.resolve();
  assert.notEqual(first.id, second.id);
  assert.match(first.id, /^[0-9a-f]{32}$/);
  const picture = new ArrayBuffer(3);
  channels.receive(first.id, "text");
  channels.receive(second.id, picture);
  channels.receive("another page's", "text");
  channels.onClose("another page's", 1000, "");
  assert.deepEqual(first.heard, ["opened", "text"]);
  assert.deepEqual(second.heard, ["opened", picture]);
});

test("Python ends a channel once, and hears nothing more of it", async (t) => {
  const { channels, said, open } = makeChannels(t);
  const { channel, heard, id } = open();
  await Promise.resolve();
  channels.onClose(id, 4404, "gone");
  channels.onClose(id, 1000, "");
  channels.receive(id, "late");
  channel.send("late");
  channel.close();
  t.mock.timers.tick(600_000);
  assert.deepEqual(heard, ["opened", [4404, "gone"]]);
  assert.deepEqual(said, [[id, { say: "open" }]]);
});

test("Python is told once when the page ends a channel, which hears nothing more", async (t) => {
  const { channels, said, open } = makeChannels(t);
  const { channel, heard, id } = open();
  await Promise.resolve();
  channel.close();
  channel.close();
  channel.send("late");
  channels.receive(id, "late");
  channels.onClose(id, 1000, "");
  t.mock.timers.tick(600_000);
  assert.deepEqual(heard, ["opened"]);
  assert.deepEqual(said, [
    [id, { say: "open" }],
    [id, { say: "close" }],
  ]);
});

test("a channel that is closed at once never opens", async (t) => {
  const { open } = makeChannels(t);
  const { channel, heard } = open();
  channel.close();
  await Promise.resolve();
  assert.deepEqual(heard, []);
});

test("a page that has nothing to say tells that it is there, three times a minute", async (t) => {
  const { said, open } = makeChannels(t);
  const { id } = open();
  await Promise.resolve();
  t.mock.timers.tick(60_000);
  const alive: [string, CommCommand] = [id, { say: "text", text: '{"type":"alive"}' }];
  assert.deepEqual(said.slice(1), [alive, alive, alive]);
});
