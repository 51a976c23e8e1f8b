import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import test from "node:test";
import type { ClientMessage } from "../../../js/src/wire/messages.ts";
import type { LinkState, Target, TransportCandidate } from "../../../js/src/wire/worker_messages.ts";
import { Connection } from "../../../js/src/worker/connection.ts";
import { FakeNetwork } from "../helpers.ts";

const DIRECT: TransportCandidate = { kind: "direct", url: "ws://port" };
const OWN: TransportCandidate = { kind: "same-origin", url: "ws://own" };
const COMM: TransportCandidate = { kind: "comm", url: "" };
const WAYS = [DIRECT, OWN, COMM];

const ATTEMPT_DELAY_MS = 700;
const UPGRADE_FROM_COMM_MS = 5_000;
const UPGRADE_FROM_SOCKET_MS = 30_000;
const LIVENESS_MS = 4_000;
/** The first pauses between rounds, at the least jitter. */
const PAUSES_MS = [250, 500, 1000, 1000];

const CONFIG = "config";
const HIDDEN: ClientMessage = { type: "visibility", visible: false };
const VISIBLE: ClientMessage = { type: "visibility", visible: true };
const CLICK: ClientMessage = { type: "event", event: { type: "pointer_down" } };

function viewport(width: number): ClientMessage {
  return { type: "set_viewport", width, height: 9, pwidth: width, pheight: 9, ratio: 1 };
}

function pixels(): ArrayBuffer {
  return new ArrayBuffer(1);
}

/**
 * A connection in an environment that the test drives; like a pipeline, it counts as negotiated by the server's
 * `config`.
 */
function makeConnection(t: TestContext, { candidates = WAYS, probeUrl = "" }: Partial<Target> = {}) {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const network = new FakeNetwork();
  const linkStates: LinkState[] = [];
  /** What was delivered since the last `opened`, including it. */
  const received: unknown[] = [];
  const probed: string[] = [];
  const answers: ((status: number | undefined) => void)[] = [];
  const connection: Connection = new Connection(
    {
      onOpen: () => received.push("opened"),
      onMessage: (data) => {
        received.push(data);
        if (data === CONFIG) connection.negotiated();
      },
      onUnauthorized: () => {},
      onStateChange: (linkState) => linkStates.push(linkState),
    },
    {
      open: network.open,
      probe: (url) => {
        probed.push(url);
        return new Promise((resolve) => answers.push(resolve));
      },
      random: () => 0,
    },
  );
  const target: Target = { candidates, probeUrl, token: "", view: "", version: "", devicePixelRatio: 1 };
  connection.connect(target);
  const harness = {
    connection,
    network,
    target,
    received,
    linkStates,
    probed,
    get now(): LinkState {
      return linkStates.at(-1) ?? assert.fail("nothing was reported");
    },
    /** The URLs tried so far. */
    get tried(): string[] {
      return network.transports.map(({ candidate }) => candidate.url);
    },
    at: (candidate: TransportCandidate) => network.last(candidate.url),
    // In steps, because a timer set during a tick starts at its end.
    wait: (ms: number) => {
      for (let leftMs = ms; leftMs > 0; leftMs -= 50) t.mock.timers.tick(Math.min(leftMs, 50));
    },
    answerProbes: async (status: number | undefined) => {
      for (const answer of answers.splice(0)) answer(status);
      await new Promise((resolve) => setImmediate(resolve));
    },
    answerFirstProbe: async (status: number | undefined) => {
      answers.shift()?.(status);
      await new Promise((resolve) => setImmediate(resolve));
    },
    /** Let the attempt for `candidate` win. */
    win: (candidate: TransportCandidate) => {
      const transport = network.last(candidate.url);
      if (!transport.isOpen) transport.opens();
      transport.sends(CONFIG);
      return transport;
    },
    /** Assert that nothing more happens. */
    expectRest: () => {
      const before = [network.transports.length, linkStates.length, received.length];
      for (let minutes = 0; minutes < 60; minutes += 1) t.mock.timers.tick(60_000);
      assert.deepEqual([network.transports.length, linkStates.length, received.length], before);
    },
  };
  return harness;
}

/** A connection that has fallen back to the kernel's comm. */
function makeCommConnection(t: TestContext, target: Partial<Target> = {}) {
  const harness = makeConnection(t, target);
  harness.at(DIRECT).closes(1006);
  harness.at(OWN).closes(1006);
  harness.win(COMM);
  return harness;
}

test("the best candidate is tried first, and alone until it is overdue", (t) => {
  const harness = makeConnection(t);
  harness.wait(ATTEMPT_DELAY_MS - 1);
  assert.deepEqual(harness.tried, [DIRECT.url]);
  const transport = harness.at(DIRECT);
  transport.opens();
  assert.deepEqual(transport.types, ["hello"]);
  assert.deepEqual(harness.received, []);
  transport.sends(CONFIG);
  transport.sends("more");
  assert.deepEqual(harness.received, ["opened", CONFIG, "more"]);
  assert.deepEqual(
    harness.linkStates.map(({ state, transport }) => [state, transport]),
    [
      ["connecting", undefined],
      ["open", undefined],
      ["negotiated", "direct"],
    ],
  );
  harness.expectRest();
  assert.deepEqual(harness.tried, [DIRECT.url]);
});

test("after a rejection the next candidate is tried at once", (t) => {
  const harness = makeConnection(t);
  harness.at(DIRECT).closes(1006);
  assert.deepEqual(harness.tried, [DIRECT.url, OWN.url]);
  harness.at(OWN).closes(1006);
  assert.deepEqual(harness.tried, [DIRECT.url, OWN.url, COMM.url]);
  harness.win(COMM);
  assert.equal(harness.now.transport, "comm");
  assert.match(harness.now.why, /kernel's channel.*No connection to ws:\/\/port\..*No connection to ws:\/\/own\./);
});

test("after 700 ms the next candidate is tried, and the overdue one wins if it answers first", (t) => {
  const harness = makeConnection(t);
  harness.wait(ATTEMPT_DELAY_MS);
  assert.deepEqual(harness.tried, [DIRECT.url, OWN.url]);
  harness.at(DIRECT).opens();
  harness.at(OWN).opens();
  assert.equal(harness.at(OWN).isHelloSent, false);
  harness.win(DIRECT);
  assert.equal(harness.at(OWN).isClosed, true);
  assert.deepEqual([harness.now.transport, harness.now.why], ["direct", "Directly from the kernel's port."]);
  harness.expectRest();
});

test("an overdue candidate is named while a worse one is connected", (t) => {
  const harness = makeConnection(t);
  harness.wait(ATTEMPT_DELAY_MS);
  harness.win(OWN);
  assert.match(harness.now.why, /^Through the notebook's own server\. No answer from ws:\/\/port/);
});

test("the later failure of a better candidate is reported too", (t) => {
  const harness = makeConnection(t);
  harness.wait(ATTEMPT_DELAY_MS);
  harness.win(OWN);
  harness.at(DIRECT).closes(1006);
  assert.match(harness.now.why, /^Through the notebook's own server\. No connection to ws:\/\/port/);
});

test("one hello is sent at a time, and the next when that one is overdue", (t) => {
  const harness = makeConnection(t);
  harness.wait(ATTEMPT_DELAY_MS);
  harness.at(OWN).opens();
  harness.wait(100);
  harness.at(DIRECT).opens();
  assert.deepEqual([harness.at(OWN).isHelloSent, harness.at(DIRECT).isHelloSent], [true, false]);
  harness.wait(ATTEMPT_DELAY_MS - 100);
  assert.deepEqual([harness.at(OWN).isHelloSent, harness.at(DIRECT).isHelloSent], [true, true]);
});

test("of two open attempts the better one is sent hello first", (t) => {
  const harness = makeConnection(t);
  harness.wait(2 * ATTEMPT_DELAY_MS);
  assert.deepEqual(harness.tried, [DIRECT.url, OWN.url, COMM.url]);
  harness.at(COMM).opens();
  harness.at(OWN).opens();
  harness.at(DIRECT).opens();
  harness.at(COMM).closes(4404);
  assert.deepEqual([harness.at(DIRECT).isHelloSent, harness.at(OWN).isHelloSent], [true, false]);
});

test("an attempt that opened during another's hello gets its own after the answer", (t) => {
  const harness = makeConnection(t);
  harness.wait(ATTEMPT_DELAY_MS);
  harness.at(OWN).opens();
  harness.at(DIRECT).opens();
  harness.win(OWN);
  assert.equal(harness.at(DIRECT).isHelloSent, true);
  harness.win(DIRECT);
  assert.equal(harness.now.transport, "direct");
});

test("messages before hello are ignored", (t) => {
  const harness = makeConnection(t);
  harness.wait(ATTEMPT_DELAY_MS);
  harness.at(DIRECT).opens();
  harness.at(OWN).opens();
  harness.at(OWN).sends(CONFIG);
  assert.deepEqual(harness.received, []);
});

test("a better transport takes over with its first message, between messages of the old one", (t) => {
  const harness = makeConnection(t);
  harness.wait(ATTEMPT_DELAY_MS);
  const former = harness.win(OWN);
  former.sends("frame 1");
  const better = harness.at(DIRECT);
  better.opens();
  former.sends("frame 2");
  assert.equal(former.isClosed, false);
  harness.connection.send(CLICK);
  assert.deepEqual([former.types.at(-1), better.types], ["event", ["hello"]]);
  better.sends(CONFIG);
  assert.equal(former.isClosed, true);
  former.sends("frame 3");
  better.sends("frame 9");
  harness.connection.send(CLICK);
  assert.deepEqual(better.types, ["hello", "event"]);
  assert.deepEqual(harness.received, ["opened", CONFIG, "frame 1", "frame 2", "opened", CONFIG, "frame 9"]);
  assert.deepEqual(
    harness.network.alive.map(({ candidate }) => candidate),
    [DIRECT],
  );
  const between = harness.linkStates.slice(harness.linkStates.findIndex(({ state }) => state === "negotiated"));
  assert.ok(between.every(({ state }) => state === "negotiated"));
  harness.expectRest();
});

test("on the kernel's comm, upgrades are tried after 5 s, then at growing intervals", (t) => {
  const harness = makeCommConnection(t);
  for (const pauseMs of [1, 2, 4, 8, 16, 32, 60, 60].map((factor) => factor * UPGRADE_FROM_COMM_MS)) {
    const before = harness.tried.length;
    harness.wait(pauseMs - 1);
    assert.equal(harness.tried.length, before, `${pauseMs}`);
    harness.wait(1);
    harness.at(DIRECT).closes(1006);
    harness.at(OWN).closes(1006);
    assert.deepEqual(harness.tried.slice(before), [DIRECT.url, OWN.url]);
  }
  assert.equal(harness.now.transport, "comm");
});

test("on the page's own server, the port is tried again after 30 s", (t) => {
  const harness = makeConnection(t);
  harness.at(DIRECT).closes(1006);
  harness.win(OWN);
  harness.wait(UPGRADE_FROM_SOCKET_MS - 1);
  assert.deepEqual(harness.tried, [DIRECT.url, OWN.url]);
  harness.wait(1);
  assert.deepEqual(harness.tried, [DIRECT.url, OWN.url, DIRECT.url]);
  harness.win(DIRECT);
  assert.equal(harness.at(OWN).isClosed, true);
  harness.expectRest();
});

test("an upgrade takes the first candidate that answers, and continues from there", (t) => {
  const harness = makeCommConnection(t);
  harness.wait(UPGRADE_FROM_COMM_MS);
  harness.at(DIRECT).closes(1006);
  harness.win(OWN);
  assert.equal(harness.at(COMM).isClosed, true);
  harness.wait(UPGRADE_FROM_SOCKET_MS - 1);
  assert.equal(harness.tried.length, 5);
  harness.wait(1);
  harness.win(DIRECT);
  assert.deepEqual(harness.network.alive, [harness.at(DIRECT)]);
});

test("better candidates are tried again on wake", (t) => {
  const harness = makeCommConnection(t);
  harness.connection.wake();
  assert.deepEqual(harness.tried.slice(3), [DIRECT.url]);
  harness.win(DIRECT);
  assert.equal(harness.now.transport, "direct");
  harness.connection.wake();
  assert.equal(harness.tried.length, 4);
});

test("a silent better candidate does not block the one between", (t) => {
  const harness = makeConnection(t);
  harness.wait(ATTEMPT_DELAY_MS);
  harness.at(OWN).closes(1006);
  harness.win(COMM);
  assert.equal(harness.at(DIRECT).isClosed, false);
  harness.wait(UPGRADE_FROM_COMM_MS);
  assert.deepEqual(harness.tried, [DIRECT.url, OWN.url, COMM.url, OWN.url]);
});

test("a candidate is tried once per round", (t) => {
  const harness = makeConnection(t);
  harness.wait(ATTEMPT_DELAY_MS);
  harness.at(OWN).closes(1006);
  harness.at(COMM).opens();
  harness.at(DIRECT).closes(1006);
  assert.deepEqual(harness.tried, [DIRECT.url, OWN.url, COMM.url]);
});

for (const code of [4401, 4404]) {
  test(`after close code ${code} the next candidate is tried`, (t) => {
    const harness = makeConnection(t);
    harness.at(DIRECT).opens();
    harness.at(DIRECT).closes(code, "no");
    harness.win(OWN);
    assert.deepEqual([harness.now.state, harness.now.transport], ["negotiated", "same-origin"]);
    assert.match(harness.now.why, code === 4401 ? /Not authorised/ : /Not found/);
  });
}

test("a version mismatch has a remedy while a worse transport is connected", (t) => {
  const harness = makeConnection(t);
  harness.at(DIRECT).closes(1006);
  harness.at(OWN).opens();
  harness.at(OWN).closes(4426, "the kernel has marimo-rfb 1.1, and marimo's server has 1.0");
  harness.win(COMM);
  assert.equal(harness.now.transport, "comm");
  assert.match(harness.now.remedy ?? "", /server has 1\.0\. Start marimo again/);
  harness.wait(UPGRADE_FROM_COMM_MS);
  harness.win(DIRECT);
  assert.deepEqual([harness.now.transport, harness.now.remedy], ["direct", undefined]);
});

test("rejection by every server is final until a retry", (t) => {
  const harness = makeConnection(t);
  for (const candidate of WAYS) {
    harness.at(candidate).opens();
    harness.at(candidate).closes(4401, "unauthorized");
  }
  assert.deepEqual([harness.now.state, harness.now.transport], ["error", undefined]);
  assert.match(harness.now.error, /^Not authorised.*Run the cell/);
  assert.equal(harness.now.why, harness.now.error);
  harness.connection.wake();
  harness.expectRest();
  harness.connection.retry();
  assert.deepEqual([harness.now.state, harness.now.error], ["connecting", ""]);
  assert.equal(harness.tried.at(-1), DIRECT.url);
});

test("after one rejection and one unreachable server both are retried", (t) => {
  const harness = makeConnection(t, { candidates: [DIRECT, OWN] });
  harness.at(DIRECT).opens();
  harness.at(DIRECT).closes(4404, "no stream 'x'");
  harness.at(OWN).closes(1006);
  assert.equal(harness.now.state, "reconnecting");
  assert.match(harness.now.error, /^Not found: no stream 'x'.*No connection to ws:\/\/own/);
  harness.wait(250);
  assert.deepEqual(harness.tried.slice(2), [DIRECT.url]);
  harness.at(DIRECT).opens();
  assert.deepEqual([harness.now.state, harness.now.error], ["open", harness.linkStates.at(-2)?.error]); // no flicker
  harness.at(DIRECT).closes(4404, "no stream 'x'");
  assert.deepEqual(harness.tried.slice(2), [DIRECT.url, OWN.url]);
});

test("without any server each candidate is named and retried", (t) => {
  const harness = makeConnection(t, { candidates: [DIRECT, OWN] });
  for (const pauseMs of PAUSES_MS) {
    harness.at(DIRECT).closes(1006);
    harness.at(OWN).closes(1006);
    assert.equal(harness.now.state, "reconnecting");
    assert.match(harness.now.error, /No connection to ws:\/\/port\..*No connection to ws:\/\/own\..*run the cell/);
    const before = harness.tried.length;
    harness.wait(pauseMs - 1);
    assert.equal(harness.tried.length, before);
    harness.wait(1);
    assert.deepEqual(harness.tried.slice(before), [DIRECT.url]);
  }
  harness.win(DIRECT);
  assert.deepEqual([harness.now.state, harness.now.error], ["negotiated", ""]);
});

test("a busy kernel does not block the other candidates, and is sent one open", (t) => {
  const harness = makeConnection(t);
  const fail = (): void => {
    harness.at(DIRECT).closes(1006);
    harness.at(OWN).closes(1006);
  };
  fail();
  harness.at(COMM).opens();
  harness.wait(ATTEMPT_DELAY_MS);
  for (const pauseMs of PAUSES_MS) {
    assert.equal(harness.now.state, "reconnecting");
    assert.match(harness.now.error, /No connection to .*The kernel does not answer/);
    harness.wait(pauseMs);
    fail();
  }
  assert.equal(harness.tried.filter((url) => url === COMM.url).length, 1);
  assert.deepEqual(harness.at(COMM).types, ["hello"]);
  assert.equal(harness.tried.length, 3 + 2 * PAUSES_MS.length);
  harness.win(COMM);
  assert.deepEqual([harness.now.state, harness.now.transport, harness.now.error], ["negotiated", "comm", ""]);
});

test("an overdue only candidate is reported, and may still win", (t) => {
  const harness = makeConnection(t, { candidates: [DIRECT] });
  harness.wait(ATTEMPT_DELAY_MS);
  assert.equal(harness.now.state, "reconnecting");
  assert.match(harness.now.error, /No answer from ws:\/\/port.*Run the cell/);
  harness.wait(60_000);
  assert.deepEqual(harness.tried, [DIRECT.url]);
  harness.win(DIRECT);
  assert.deepEqual([harness.now.state, harness.now.error], ["negotiated", ""]);
});

test("an overdue attempt that fails after the round changes the text, not the schedule", (t) => {
  const harness = makeConnection(t, { candidates: [DIRECT] });
  harness.wait(ATTEMPT_DELAY_MS);
  harness.wait(200);
  harness.at(DIRECT).closes(1006);
  assert.match(harness.now.error, /No connection to ws:\/\/port/);
  harness.wait(49);
  assert.equal(harness.tried.length, 1);
  harness.wait(1);
  assert.equal(harness.tried.length, 2);
});

test("an overdue attempt that is rejected after the round is final", (t) => {
  const harness = makeConnection(t, { candidates: [DIRECT] });
  harness.wait(ATTEMPT_DELAY_MS);
  harness.at(DIRECT).opens();
  harness.at(DIRECT).closes(4401);
  assert.equal(harness.now.state, "error");
  harness.expectRest();
});

test("the end of the stream ends all attempts at once", (t) => {
  const harness = makeConnection(t);
  harness.wait(ATTEMPT_DELAY_MS);
  harness.at(OWN).opens();
  harness.at(OWN).closes(1000, "the stream was closed");
  assert.equal(harness.now.state, "closed");
  assert.match(harness.now.error, /the stream was closed.*Run the cell/);
  assert.deepEqual(harness.network.alive, []);
  harness.expectRest();
});

test("a connection that the server ended reconnects only on retry", (t) => {
  const harness = makeConnection(t);
  harness.win(DIRECT).closes(1000);
  assert.deepEqual([harness.now.state, harness.now.transport], ["closed", undefined]);
  harness.expectRest();
  harness.connection.retry();
  harness.win(DIRECT);
  harness.connection.end("goodbye");
  assert.equal(harness.now.state, "closed");
  assert.match(harness.now.error, /goodbye/);
  assert.deepEqual(harness.network.alive, []);
  harness.expectRest();
  harness.connection.retry();
  harness.win(DIRECT);
  assert.equal(harness.now.state, "negotiated");
});

test("a lost connection reconnects, sooner after a negotiated one than after failures", (t) => {
  const harness = makeConnection(t, { candidates: [DIRECT] });
  harness.win(DIRECT).closes(1006);
  assert.deepEqual([harness.now.state, harness.now.transport], ["reconnecting", undefined]);
  assert.match(harness.now.error, /^The connection was lost/);
  for (const pauseMs of PAUSES_MS) {
    const before = harness.tried.length;
    harness.wait(pauseMs - 1);
    assert.equal(harness.tried.length, before);
    harness.wait(1);
    assert.equal(harness.tried.length, before + 1);
    harness.at(DIRECT).closes(1006);
  }
  harness.wait(1000);
  harness.win(DIRECT).closes(1006);
  harness.wait(250);
  harness.win(DIRECT);
  assert.equal(harness.now.state, "negotiated");
});

test("a server lost before it negotiates does not reset the backoff", (t) => {
  const harness = makeConnection(t, { candidates: [DIRECT] });
  for (const pauseMs of PAUSES_MS) {
    harness.at(DIRECT).opens();
    harness.at(DIRECT).sends("notice");
    harness.at(DIRECT).closes(1011);
    const before = harness.tried.length;
    harness.wait(pauseMs - 1);
    assert.equal(harness.tried.length, before);
    harness.wait(1);
    assert.equal(harness.tried.length, before + 1);
  }
});

test("a full server is retried slowly", (t) => {
  const harness = makeConnection(t, { candidates: [DIRECT] });
  harness.at(DIRECT).opens();
  harness.at(DIRECT).closes(4429);
  assert.match(harness.now.error, /Close another view/);
  harness.wait(4_999);
  assert.equal(harness.tried.length, 1);
  harness.wait(1);
  assert.equal(harness.tried.length, 2);
});

test("a loss during an upgrade restarts from the best candidate", (t) => {
  const harness = makeCommConnection(t);
  harness.wait(UPGRADE_FROM_COMM_MS);
  const climbing = harness.at(DIRECT);
  harness.at(COMM).closes(1001);
  assert.equal(climbing.isClosed, true);
  assert.equal(harness.now.state, "reconnecting");
  harness.wait(250);
  assert.equal(harness.tried.at(-1), DIRECT.url);
});

test("wake starts the next round at once and resets the backoff", (t) => {
  const harness = makeConnection(t, { candidates: [DIRECT] });
  for (const pauseMs of PAUSES_MS) {
    harness.at(DIRECT).closes(1006);
    harness.wait(pauseMs);
  }
  harness.at(DIRECT).closes(1006);
  const before = harness.tried.length;
  harness.connection.wake();
  assert.equal(harness.tried.length, before + 1);
  harness.connection.wake(); // the round is in progress
  assert.equal(harness.tried.length, before + 1);
  harness.at(DIRECT).closes(1006);
  harness.wait(250);
  assert.equal(harness.tried.length, before + 2);
});

test("wake drops overdue attempts, because the network may have changed", (t) => {
  const harness = makeConnection(t);
  harness.wait(3 * ATTEMPT_DELAY_MS);
  assert.equal(harness.network.alive.length, 3);
  harness.connection.wake();
  assert.deepEqual(harness.network.alive, [harness.at(DIRECT)]);
  assert.equal(harness.tried.length, 4);
});

test("retry reconnects at once from any state", (t) => {
  const harness = makeCommConnection(t);
  harness.connection.retry();
  assert.deepEqual([harness.now.state, harness.now.transport, harness.now.error], ["connecting", undefined, ""]);
  assert.deepEqual(harness.network.alive, [harness.at(DIRECT)]);
});

test("retry resets the backoff and forgets earlier failures", async (t) => {
  const harness = makeConnection(t, { candidates: [DIRECT, OWN], probeUrl: "http://own/health" });
  const fail = (): void => {
    harness.at(DIRECT).closes(1006);
    harness.at(OWN).closes(1006);
  };
  for (const pauseMs of PAUSES_MS) {
    fail();
    await harness.answerProbes(404);
    harness.wait(pauseMs);
  }
  harness.connection.retry();
  fail();
  assert.match(harness.now.error, /No connection to ws:\/\/own/);
  const before = harness.tried.length;
  harness.wait(250);
  assert.equal(harness.tried.length, before + 1);
});

test("after stop nothing is open and nothing happens", async (t) => {
  const stages: ((harness: ReturnType<typeof makeConnection>) => void)[] = [
    () => {},
    (harness) => harness.wait(3 * ATTEMPT_DELAY_MS),
    (harness) => harness.at(DIRECT).opens(),
    (harness) => harness.win(DIRECT),
    (harness) => WAYS.forEach((candidate) => harness.at(candidate).closes(1006)),
    (harness) => {
      harness.win(DIRECT).sends(pixels());
      harness.connection.wake();
    },
    (harness) => {
      harness.wait(ATTEMPT_DELAY_MS);
      harness.win(OWN);
    },
  ];
  for (const reach of stages) {
    const harness = makeConnection(t, { probeUrl: "http://own/health" });
    reach(harness);
    harness.connection.stop();
    assert.deepEqual(harness.network.alive, []);
    const before = harness.linkStates.length;
    await harness.answerProbes(200);
    harness.connection.wake();
    harness.connection.retry();
    harness.connection.send(CLICK);
    harness.expectRest();
    assert.equal(harness.linkStates.length, before);
    t.mock.timers.reset();
  }
});

test("a new target replaces the first", (t) => {
  const harness = makeCommConnection(t);
  const former = harness.at(COMM);
  harness.connection.connect({ ...harness.target, candidates: [{ kind: "direct", url: "ws://other" }] });
  assert.equal(former.isClosed, true);
  assert.deepEqual([harness.now.state, harness.now.transport, harness.now.why], ["connecting", undefined, ""]);
  assert.equal(harness.tried.at(-1), "ws://other");
  harness.win({ kind: "direct", url: "ws://other" });
  harness.expectRest();
});

test("after a wake a dead socket is dropped within 4 s", (t) => {
  const harness = makeConnection(t);
  const transport = harness.win(DIRECT);
  transport.sends(pixels());
  harness.connection.wake();
  assert.equal(transport.types.at(-1), "request_keyframe");
  harness.connection.wake();
  assert.equal(transport.types.length, 2);
  harness.wait(LIVENESS_MS - 1);
  assert.equal(transport.isClosed, false);
  harness.wait(1);
  assert.equal(transport.isClosed, true);
  assert.deepEqual([harness.now.state, harness.now.transport], ["reconnecting", undefined]);
  assert.match(harness.now.error, /^The connection was lost/);
  harness.wait(250);
  harness.win(DIRECT);
  assert.equal(harness.now.state, "negotiated");
});

test("after a wake any message proves that the socket is alive", (t) => {
  const harness = makeConnection(t);
  const transport = harness.win(DIRECT);
  transport.sends(pixels());
  for (let round = 1; round <= 2; round += 1) {
    harness.connection.wake();
    harness.wait(LIVENESS_MS - 1);
    transport.sends("stats");
    harness.wait(60_000);
    assert.equal(transport.isClosed, false);
    assert.equal(transport.types.filter((type) => type === "request_keyframe").length, round);
  }
});

test("a wake checks no server without a picture, for a hidden page, or on the kernel's comm", (t) => {
  const noPicture = makeConnection(t);
  noPicture.win(DIRECT);
  noPicture.connection.wake();
  assert.deepEqual(noPicture.at(DIRECT).types, ["hello"]);
  noPicture.expectRest();
  t.mock.timers.reset();

  const hidden = makeConnection(t);
  hidden.win(DIRECT).sends(pixels());
  hidden.connection.send(HIDDEN);
  hidden.connection.wake();
  assert.deepEqual(hidden.at(DIRECT).types, ["hello", "visibility"]);
  hidden.connection.send(VISIBLE);
  hidden.connection.wake();
  assert.equal(hidden.at(DIRECT).types.at(-1), "request_keyframe");
  t.mock.timers.reset();

  const comm = makeCommConnection(t);
  comm.at(COMM).sends(pixels());
  comm.connection.wake();
  assert.deepEqual(comm.at(COMM).types, ["hello"]);
});

test("a picture of the old connection does not count for the next", (t) => {
  const harness = makeConnection(t, { candidates: [DIRECT] });
  const transport = harness.win(DIRECT);
  transport.sends(pixels());
  transport.closes(1006);
  harness.wait(250);
  harness.win(DIRECT);
  harness.connection.wake();
  assert.deepEqual(harness.at(DIRECT).types, ["hello"]);
});

test("viewport size and visibility follow every hello", (t) => {
  const harness = makeConnection(t);
  for (const message of [viewport(1), HIDDEN, viewport(2)]) harness.connection.send(message);
  harness.wait(ATTEMPT_DELAY_MS);
  for (const candidate of [OWN, DIRECT]) {
    harness.at(candidate).opens();
    assert.deepEqual(harness.at(candidate).sent.slice(1), [viewport(2), HIDDEN]);
    harness.win(candidate);
  }
  harness.at(DIRECT).closes(1006);
  harness.wait(250);
  harness.at(DIRECT).opens();
  assert.deepEqual(harness.at(DIRECT).sent.slice(1), [viewport(2), HIDDEN]);
});

test("a sticky message is sent to a server that has not answered hello yet", (t) => {
  const harness = makeCommConnection(t);
  harness.connection.send(HIDDEN);
  harness.wait(UPGRADE_FROM_COMM_MS);
  harness.at(DIRECT).opens();
  harness.connection.send(viewport(3));
  harness.connection.send(VISIBLE);
  for (const candidate of [COMM, DIRECT])
    assert.deepEqual(harness.at(candidate).sent.slice(-2), [viewport(3), VISIBLE]);
  harness.win(DIRECT);
  assert.deepEqual(harness.at(DIRECT).sent.slice(1), [HIDDEN, viewport(3), VISIBLE]);
});

test("events and acks are sent only to the current connection", (t) => {
  const harness = makeConnection(t);
  harness.connection.send(CLICK);
  harness.at(DIRECT).opens();
  harness.connection.send(CLICK);
  harness.win(DIRECT);
  assert.deepEqual(harness.at(DIRECT).types, ["hello"]);
  harness.connection.send(CLICK);
  assert.deepEqual(harness.at(DIRECT).types, ["hello", "event"]);
});

test("an invalid address is skipped and reported", (t) => {
  const harness = makeConnection(t);
  harness.connection.stop();
  harness.network.refuses.set(DIRECT.url, new DOMException("insecure", "SecurityError"));
  harness.network.refuses.set(OWN.url, new DOMException("insecure", "SecurityError"));
  harness.connection.connect(harness.target);
  harness.win(COMM);
  assert.match(harness.now.why, /kernel's channel.*ws:\/\/port: an https page.*ws:\/\/own: an https page/);
  harness.wait(UPGRADE_FROM_COMM_MS);
  assert.equal(harness.now.transport, "comm");
});

test("an invalid only address is an error until a retry", (t) => {
  const harness = makeConnection(t, { candidates: [DIRECT] });
  harness.connection.stop();
  harness.network.refuses.set(DIRECT.url, new SyntaxError("bad scheme"));
  harness.connection.connect(harness.target);
  assert.equal(harness.now.state, "error");
  assert.match(harness.now.error, /ws:\/\/port is not a WebSocket address.*bad scheme/);
  harness.expectRest();
  harness.network.refuses.clear();
  harness.connection.retry();
  harness.win(DIRECT);
  assert.equal(harness.now.state, "negotiated");
});

test("if sockets through the page's own server fail, an HTTP probe shows why", async (t) => {
  const harness = makeCommConnection(t, { probeUrl: "http://own/health" });
  assert.deepEqual(harness.probed, ["http://own/health"]);
  assert.match(harness.now.why, /No connection to ws:\/\/own/);
  await harness.answerProbes(200);
  assert.equal(harness.now.state, "negotiated");
  assert.match(harness.now.why, /No connection to ws:\/\/port\..*a proxy blocks WebSockets.*Upgrade/);
  assert.doesNotMatch(harness.now.why, /No connection to ws:\/\/own/);
});

test("a silent proxy is probed too, unless it opens", async (t) => {
  const harness = makeConnection(t, { candidates: [OWN, COMM], probeUrl: "http://own/health" });
  harness.wait(ATTEMPT_DELAY_MS);
  harness.win(COMM);
  await harness.answerProbes(200);
  assert.match(harness.now.why, /a proxy blocks WebSockets/);
  harness.win(OWN);
  assert.equal(harness.now.why, "Through the notebook's own server.");
});

test("a server that opens a socket and sends nothing does not count as a blocking proxy", async (t) => {
  const harness = makeConnection(t, { candidates: [OWN, COMM], probeUrl: "http://own/health" });
  harness.wait(ATTEMPT_DELAY_MS);
  harness.at(OWN).opens();
  harness.wait(ATTEMPT_DELAY_MS);
  harness.win(COMM);
  await harness.answerProbes(200);
  assert.match(harness.now.why, /No answer from ws:\/\/own/);
});

test("a server's own answer outweighs the probe", async (t) => {
  const harness = makeConnection(t, { candidates: [OWN, COMM], probeUrl: "http://own/health" });
  harness.wait(ATTEMPT_DELAY_MS);
  harness.win(COMM);
  harness.at(OWN).opens();
  harness.at(OWN).closes(4404, "no stream 'x'");
  await harness.answerProbes(200);
  assert.match(harness.now.why, /Not found: no stream 'x'/);
});

test("the probe result of an old target is ignored", async (t) => {
  const harness = makeCommConnection(t, { probeUrl: "http://own/health" });
  harness.connection.connect({ ...harness.target, candidates: [OWN, COMM], probeUrl: "http://other/health" });
  harness.wait(ATTEMPT_DELAY_MS);
  harness.win(COMM);
  const [first] = harness.probed;
  assert.equal(first, "http://own/health");
  await harness.answerFirstProbe(200);
  assert.match(harness.now.why, /No answer from ws:\/\/own/);
});

test("the probe result stays in the text between rounds", async (t) => {
  const harness = makeConnection(t, { candidates: [OWN], probeUrl: "http://own/health" });
  harness.connection.connect({ ...harness.target, candidates: [DIRECT, OWN] });
  const fail = (): void => {
    harness.at(DIRECT).closes(1006);
    harness.at(OWN).closes(1006);
  };
  fail();
  await harness.answerProbes(undefined);
  const error = harness.now.error;
  assert.match(error, /does not answer\. Check that it is running/);
  const before = harness.linkStates.length;
  for (const pauseMs of PAUSES_MS) {
    harness.wait(pauseMs);
    fail();
    await harness.answerProbes(undefined);
  }
  assert.deepEqual(new Set(harness.linkStates.slice(before).map(({ error }) => error)), new Set([error]));
  harness.wait(1000);
  fail();
  await harness.answerProbes(404);
  assert.match(harness.now.error, /install marimo-rfb/);
});

test("a page without its own server probes nothing", (t) => {
  const harness = makeCommConnection(t);
  assert.deepEqual(harness.probed, []);
  assert.equal(harness.now.transport, "comm");
});
