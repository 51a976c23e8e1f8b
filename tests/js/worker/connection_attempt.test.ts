import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import test from "node:test";
import type { ClientMessage } from "../../../js/src/wire/messages.ts";
import type { Target, TransportCandidate } from "../../../js/src/wire/worker_messages.ts";
import { ConnectionAttempt } from "../../../js/src/worker/connection_attempt.ts";
import { FakeNetwork } from "../helpers.ts";

const WAY: TransportCandidate = { kind: "direct", url: "ws://x/1" };
const TARGET: Target = { candidates: [WAY], probeUrl: "", token: "secret", view: "", version: "", devicePixelRatio: 2 };

function makeAttempt(t: TestContext) {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const network = new FakeNetwork();
  const received: string[] = [];
  const attempt = new ConnectionAttempt(
    0,
    WAY,
    {
      onOpen: () => received.push("opened"),
      onMessage: (_, data) => received.push(`received ${data}`),
      onClose: (_, code, reason) => received.push(`closed ${code} ${reason}`),
      onOverdue: () => received.push("overdue"),
    },
    network.open,
  );
  return { attempt, received, transport: network.last(WAY.url), wait: (ms: number) => t.mock.timers.tick(ms) };
}

test("a candidate has 700 ms to open, and is reported as overdue once", (t) => {
  const { attempt, received, wait } = makeAttempt(t);
  wait(699);
  assert.deepEqual([received, attempt.isOverdue], [[], false]);
  wait(1);
  assert.deepEqual([received, attempt.isOverdue], [["overdue"], true]);
  wait(60_000);
  assert.deepEqual(received, ["overdue"]);
});

test("hello has the token, and the sticky messages follow; it has 700 ms again to be answered", (t) => {
  const { attempt, received, transport, wait } = makeAttempt(t);
  const hidden: ClientMessage = { type: "visibility", visible: false };
  wait(700);
  transport.opens();
  attempt.sendHello(TARGET, [hidden]);
  assert.equal(attempt.isOverdue, false);
  const [hello, ...rest] = transport.sent;
  assert.equal(hello?.type, "hello");
  assert.deepEqual([hello?.token, hello?.device_pixel_ratio], ["secret", 2]);
  assert.ok(hello?.supported.includes("image/jpeg") && hello.supported.includes("control/visibility"));
  assert.deepEqual(rest, [hidden]);
  wait(699);
  assert.deepEqual(received, ["overdue", "opened"]);
  wait(1);
  assert.deepEqual(received, ["overdue", "opened", "overdue"]);
});

test("without a token hello has none", (t) => {
  const { attempt, transport } = makeAttempt(t);
  transport.opens();
  attempt.sendHello({ ...TARGET, token: "" }, []);
  assert.equal(Object.hasOwn(transport.sent[0] ?? {}, "token"), false);
});

test("what was closed, by either side, is not overdue as well", (t) => {
  for (const isOurs of [true, false]) {
    const { attempt, received, transport, wait } = makeAttempt(t);
    if (isOurs) attempt.close();
    else transport.closes(1006);
    assert.equal(transport.isClosed, true);
    wait(60_000);
    assert.deepEqual(received, isOurs ? [] : ["closed 1006 "]);
    t.mock.timers.reset();
  }
});

test("one that has won need not answer any longer", (t) => {
  const { attempt, received, transport, wait } = makeAttempt(t);
  transport.opens();
  attempt.sendHello(TARGET, []);
  transport.sends("config");
  attempt.stopTimer();
  wait(60_000);
  assert.deepEqual(received, ["opened", "received config"]);
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
