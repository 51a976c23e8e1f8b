import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import test from "node:test";
import type { ClientMessage } from "../../../js/src/wire/messages.ts";
import type { Target, TransportCandidate } from "../../../js/src/wire/worker_messages.ts";
import { ConnectionAttempt } from "../../../js/src/worker/connection_attempt.ts";
import { FakeNetwork } from "../helpers.ts";

const WAY: TransportCandidate = { kind: "direct", url: "ws://x/1" };
const TARGET: Target = { candidates: [WAY], probeUrl: "", token: "secret", version: "", devicePixelRatio: 2 };

function makeAttempt(t: TestContext) {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const network = new FakeNetwork();
  const heard: string[] = [];
  const attempt = new ConnectionAttempt(
    0,
    WAY,
    {
      onOpen: () => heard.push("opened"),
      onMessage: (_, data) => heard.push(`received ${data}`),
      onClose: (_, code, reason) => heard.push(`closed ${code} ${reason}`),
      onOverdue: () => heard.push("silent"),
    },
    network.open,
  );
  return { attempt, heard, line: network.last(WAY.url), wait: (ms: number) => t.mock.timers.tick(ms) };
}

test("a way has 700 ms to open, and is told to be silent once", (t) => {
  const { attempt, heard, wait } = makeAttempt(t);
  wait(699);
  assert.deepEqual([heard, attempt.isOverdue], [[], false]);
  wait(1);
  assert.deepEqual([heard, attempt.isOverdue], [["silent"], true]);
  wait(60_000);
  assert.deepEqual(heard, ["silent"]);
});

test("a greeting is hello with the token, and then what lasts; it has 700 ms again to be answered", (t) => {
  const { attempt, heard, line, wait } = makeAttempt(t);
  const hidden: ClientMessage = { type: "visibility", visible: false };
  wait(700);
  line.opens();
  attempt.sendHello(TARGET, [hidden]);
  assert.equal(attempt.isOverdue, false);
  const [hello, ...rest] = line.sent;
  assert.equal(hello?.type, "hello");
  assert.deepEqual([hello?.token, hello?.device_pixel_ratio], ["secret", 2]);
  assert.ok(hello?.supported.includes("image/jpeg") && hello.supported.includes("control/visibility"));
  assert.deepEqual(rest, [hidden]);
  wait(699);
  assert.deepEqual(heard, ["silent", "opened"]);
  wait(1);
  assert.deepEqual(heard, ["silent", "opened", "silent"]);
});

test("without a token hello has none", (t) => {
  const { attempt, line } = makeAttempt(t);
  line.opens();
  attempt.sendHello({ ...TARGET, token: "" }, []);
  assert.equal(Object.hasOwn(line.sent[0] ?? {}, "token"), false);
});

test("what was closed, by either side, is not silent as well", (t) => {
  for (const isOurs of [true, false]) {
    const { attempt, heard, line, wait } = makeAttempt(t);
    if (isOurs) attempt.close();
    else line.closes(1006);
    assert.equal(line.isClosed, true);
    wait(60_000);
    assert.deepEqual(heard, isOurs ? [] : ["closed 1006 "]);
    t.mock.timers.reset();
  }
});

test("one that has won need not answer any longer", (t) => {
  const { attempt, heard, line, wait } = makeAttempt(t);
  line.opens();
  attempt.sendHello(TARGET, []);
  line.says("config");
  attempt.stopTimer();
  wait(60_000);
  assert.deepEqual(heard, ["opened", "received config"]);
});

test("an address that the browser refuses leaves no timer behind", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const network = new FakeNetwork();
  network.refuses.set(WAY.url, new SyntaxError("no"));
  const fail = (): never => assert.fail("nothing may follow");
  const listener = { onOpen: fail, onMessage: fail, onClose: fail, onOverdue: fail };
  assert.throws(() => new ConnectionAttempt(0, WAY, listener, network.open), /no/);
  t.mock.timers.tick(60_000);
});
