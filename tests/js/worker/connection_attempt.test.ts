import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import test from "node:test";
import type { ClientMessage } from "../../../js/src/wire/messages.ts";
import type { Target, TransportCandidate } from "../../../js/src/wire/worker_messages.ts";
import { ConnectionAttempt } from "../../../js/src/worker/connection_attempt.ts";
import { FakeNetwork } from "../helpers.ts";

const CANDIDATE: TransportCandidate = { kind: "direct", url: "ws://x/1" };
const TARGET: Target = {
  candidates: [CANDIDATE],
  probeUrl: "",
  token: "secret",
  view: "",
  version: "",
  devicePixelRatio: 2,
};

function makeAttempt(t: TestContext) {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const network = new FakeNetwork();
  const received: string[] = [];
  const attempt = new ConnectionAttempt(
    0,
    CANDIDATE,
    {
      onOpen: () => received.push("opened"),
      onMessage: (_, data) => received.push(`received ${data}`),
      onClose: (_, code, reason) => received.push(`closed ${code} ${reason}`),
      onOverdue: () => received.push("overdue"),
    },
    network.open,
  );
  return { attempt, received, transport: network.last(CANDIDATE.url), wait: (ms: number) => t.mock.timers.tick(ms) };
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

test("hello contains the token, is followed by the sticky messages and restarts the 700 ms", (t) => {
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

test("hello without a token omits the field", (t) => {
  const { attempt, transport } = makeAttempt(t);
  transport.opens();
  attempt.sendHello({ ...TARGET, token: "" }, []);
  assert.equal(Object.hasOwn(transport.sent[0] ?? {}, "token"), false);
});

test("a closed attempt is not reported as overdue", (t) => {
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

test("an adopted attempt has no timeout", (t) => {
  const { attempt, received, transport, wait } = makeAttempt(t);
  transport.opens();
  attempt.sendHello(TARGET, []);
  transport.sends("config");
  attempt.stopTimer();
  wait(60_000);
  assert.deepEqual(received, ["opened", "received config"]);
});

test("an invalid address leaves no timer", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const network = new FakeNetwork();
  network.refuses.set(CANDIDATE.url, new SyntaxError("no"));
  const fail = (): never => assert.fail("nothing may follow");
  const listener = { onOpen: fail, onMessage: fail, onClose: fail, onOverdue: fail };
  assert.throws(() => new ConnectionAttempt(0, CANDIDATE, listener, network.open), /no/);
  t.mock.timers.tick(60_000);
});
