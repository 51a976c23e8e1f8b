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

const PATIENCE_MS = 700;
const CLIMB_FROM_COMM_MS = 5_000;
const CLIMB_FROM_SOCKET_MS = 30_000;
const ALIVE_MS = 4_000;
/** The first pauses between attempts, with no jitter to lengthen them. */
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

/** A connection in a world that the test drives; like a pipeline, it counts as settled by the server's `config`. */
function makeConnection(t: TestContext, { candidates = WAYS, probeUrl = "" }: Partial<Target> = {}) {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const network = new FakeNetwork();
  const standings: LinkState[] = [];
  /** What was delivered since the last `opened`, which it begins with. */
  const heard: unknown[] = [];
  const probed: string[] = [];
  const answers: ((status: number | undefined) => void)[] = [];
  const connection: Connection = new Connection(
    {
      onOpen: () => heard.push("opened"),
      onMessage: (data) => {
        heard.push(data);
        if (data === CONFIG) connection.negotiated();
      },
      onUnauthorized: () => {},
      onStateChange: (linkState) => standings.push(linkState),
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
  const target: Target = { candidates, probeUrl, token: "", version: "", devicePixelRatio: 1 };
  connection.connect(target);
  const world = {
    connection,
    network,
    target,
    heard,
    standings,
    probed,
    get now(): LinkState {
      return standings.at(-1) ?? assert.fail("nothing was told");
    },
    /** The addresses tried so far. */
    get tried(): string[] {
      return network.lines.map(({ candidate }) => candidate.url);
    },
    at: (candidate: TransportCandidate) => network.last(candidate.url),
    // In steps, because a timer that is set in a step counts from the end of it.
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
    /** Let `way` win, which is being tried. */
    win: (candidate: TransportCandidate) => {
      const line = network.last(candidate.url);
      if (!line.isOpen) line.opens();
      line.says(CONFIG);
      return line;
    },
    /** Nothing more happens, however long one waits. */
    expectRest: () => {
      const before = [network.lines.length, standings.length, heard.length];
      for (let minutes = 0; minutes < 60; minutes += 1) t.mock.timers.tick(60_000);
      assert.deepEqual([network.lines.length, standings.length, heard.length], before);
    },
  };
  return world;
}

/** A connection that has come down to the kernel's channel, because nobody else was there. */
function makeCommConnection(t: TestContext, target: Partial<Target> = {}) {
  const world = makeConnection(t, target);
  world.at(DIRECT).closes(1006);
  world.at(OWN).closes(1006);
  world.win(COMM);
  return world;
}

test("the best way is tried first, and alone while it may be waited for", (t) => {
  const world = makeConnection(t);
  world.wait(PATIENCE_MS - 1);
  assert.deepEqual(world.tried, [DIRECT.url]);
  const line = world.at(DIRECT);
  line.opens();
  assert.deepEqual(line.types, ["hello"]);
  assert.deepEqual(world.heard, []);
  line.says(CONFIG);
  line.says("more");
  assert.deepEqual(world.heard, ["opened", CONFIG, "more"]);
  assert.deepEqual(
    world.standings.map(({ state, transport }) => [state, transport]),
    [
      ["connecting", undefined],
      ["open", undefined],
      ["negotiated", "direct"],
    ],
  );
  world.expectRest();
  assert.deepEqual(world.tried, [DIRECT.url]);
});

test("a refused way gives way at once", (t) => {
  const world = makeConnection(t);
  world.at(DIRECT).closes(1006);
  assert.deepEqual(world.tried, [DIRECT.url, OWN.url]);
  world.at(OWN).closes(1006);
  assert.deepEqual(world.tried, [DIRECT.url, OWN.url, COMM.url]);
  world.win(COMM);
  assert.equal(world.now.transport, "comm");
  assert.match(world.now.why, /kernel's channel.*No connection to ws:\/\/port\..*No connection to ws:\/\/own\./);
});

test("a silent way gives way after 700 ms, and wins if it answers before the next one", (t) => {
  const world = makeConnection(t);
  world.wait(PATIENCE_MS);
  assert.deepEqual(world.tried, [DIRECT.url, OWN.url]);
  world.at(DIRECT).opens();
  world.at(OWN).opens();
  assert.equal(world.at(OWN).isGreeted, false);
  world.win(DIRECT);
  assert.equal(world.at(OWN).isClosed, true);
  assert.deepEqual([world.now.transport, world.now.why], ["direct", "Directly to the kernel's port."]);
  world.expectRest();
});

test("a silent way is told of where a lesser one carries the pictures", (t) => {
  const world = makeConnection(t);
  world.wait(PATIENCE_MS);
  world.win(OWN);
  assert.match(world.now.why, /^Through the notebook's own server\. No answer from ws:\/\/port/);
});

test("what becomes of a better way later is told as well", (t) => {
  const world = makeConnection(t);
  world.wait(PATIENCE_MS);
  world.win(OWN);
  world.at(DIRECT).closes(1006);
  assert.match(world.now.why, /^Through the notebook's own server\. No connection to ws:\/\/port/);
});

test("only one is greeted at a time, and the next when that one is silent", (t) => {
  const world = makeConnection(t);
  world.wait(PATIENCE_MS);
  world.at(OWN).opens();
  world.wait(100);
  world.at(DIRECT).opens();
  assert.deepEqual([world.at(OWN).isGreeted, world.at(DIRECT).isGreeted], [true, false]);
  world.wait(PATIENCE_MS - 100);
  assert.deepEqual([world.at(OWN).isGreeted, world.at(DIRECT).isGreeted], [true, true]);
});

test("of two that wait to be greeted the better one is first", (t) => {
  const world = makeConnection(t);
  world.wait(2 * PATIENCE_MS);
  assert.deepEqual(world.tried, [DIRECT.url, OWN.url, COMM.url]);
  world.at(COMM).opens();
  world.at(OWN).opens();
  world.at(DIRECT).opens();
  world.at(COMM).closes(4404);
  assert.deepEqual([world.at(DIRECT).isGreeted, world.at(OWN).isGreeted], [true, false]);
});

test("one that opened while another was greeted has its turn when that one has answered", (t) => {
  const world = makeConnection(t);
  world.wait(PATIENCE_MS);
  world.at(OWN).opens();
  world.at(DIRECT).opens();
  world.win(OWN);
  assert.equal(world.at(DIRECT).isGreeted, true);
  world.win(DIRECT);
  assert.equal(world.now.transport, "direct");
});

test("what comes before hello is not heard", (t) => {
  const world = makeConnection(t);
  world.wait(PATIENCE_MS);
  world.at(DIRECT).opens();
  world.at(OWN).opens();
  world.at(OWN).says(CONFIG);
  assert.deepEqual(world.heard, []);
});

test("a better way takes over with its first message; nothing is lost before, nothing of the former comes after", (t) => {
  const world = makeConnection(t);
  world.wait(PATIENCE_MS);
  const former = world.win(OWN);
  former.says("frame 1");
  const better = world.at(DIRECT);
  better.opens();
  former.says("frame 2");
  assert.equal(former.isClosed, false);
  world.connection.send(CLICK);
  assert.deepEqual([former.types.at(-1), better.types], ["event", ["hello"]]);
  better.says(CONFIG);
  assert.equal(former.isClosed, true);
  former.says("frame 3");
  better.says("frame 9");
  world.connection.send(CLICK);
  assert.deepEqual(better.types, ["hello", "event"]);
  assert.deepEqual(world.heard, ["opened", CONFIG, "frame 1", "frame 2", "opened", CONFIG, "frame 9"]);
  assert.deepEqual(
    world.network.alive.map(({ candidate }) => candidate),
    [DIRECT],
  );
  const between = world.standings.slice(world.standings.findIndex(({ state }) => state === "negotiated"));
  assert.ok(between.every(({ state }) => state === "negotiated"));
  world.expectRest();
});

test("from the kernel's channel the better ways are tried again after 5 s, then ever later", (t) => {
  const world = makeCommConnection(t);
  for (const pauseMs of [1, 2, 4, 8, 16, 32, 60, 60].map((factor) => factor * CLIMB_FROM_COMM_MS)) {
    const before = world.tried.length;
    world.wait(pauseMs - 1);
    assert.equal(world.tried.length, before, `${pauseMs}`);
    world.wait(1);
    world.at(DIRECT).closes(1006);
    world.at(OWN).closes(1006);
    assert.deepEqual(world.tried.slice(before), [DIRECT.url, OWN.url]);
  }
  assert.equal(world.now.transport, "comm");
});

test("from the page's own server the port is tried again after 30 s", (t) => {
  const world = makeConnection(t);
  world.at(DIRECT).closes(1006);
  world.win(OWN);
  world.wait(CLIMB_FROM_SOCKET_MS - 1);
  assert.deepEqual(world.tried, [DIRECT.url, OWN.url]);
  world.wait(1);
  assert.deepEqual(world.tried, [DIRECT.url, OWN.url, DIRECT.url]);
  world.win(DIRECT);
  assert.equal(world.at(OWN).isClosed, true);
  world.expectRest();
});

test("a climb takes the first step that holds, and goes on from there", (t) => {
  const world = makeCommConnection(t);
  world.wait(CLIMB_FROM_COMM_MS);
  world.at(DIRECT).closes(1006);
  world.win(OWN);
  assert.equal(world.at(COMM).isClosed, true);
  world.wait(CLIMB_FROM_SOCKET_MS - 1);
  assert.equal(world.tried.length, 5);
  world.wait(1);
  world.win(DIRECT);
  assert.deepEqual(world.network.alive, [world.at(DIRECT)]);
});

test("better ways are tried again on wake", (t) => {
  const world = makeCommConnection(t);
  world.connection.wake();
  assert.deepEqual(world.tried.slice(3), [DIRECT.url]);
  world.win(DIRECT);
  assert.equal(world.now.transport, "direct");
  world.connection.wake();
  assert.equal(world.tried.length, 4);
});

test("a better way that stays silent does not keep the one between from being tried", (t) => {
  const world = makeConnection(t);
  world.wait(PATIENCE_MS);
  world.at(OWN).closes(1006);
  world.win(COMM);
  assert.equal(world.at(DIRECT).isClosed, false);
  world.wait(CLIMB_FROM_COMM_MS);
  assert.deepEqual(world.tried, [DIRECT.url, OWN.url, COMM.url, OWN.url]);
});

test("a way that was tried in a round is not tried again in it", (t) => {
  const world = makeConnection(t);
  world.wait(PATIENCE_MS);
  world.at(OWN).closes(1006);
  world.at(COMM).opens();
  world.at(DIRECT).closes(1006);
  assert.deepEqual(world.tried, [DIRECT.url, OWN.url, COMM.url]);
});

for (const code of [4401, 4404]) {
  test(`a way whose server says ${code} lets the next be tried`, (t) => {
    const world = makeConnection(t);
    world.at(DIRECT).opens();
    world.at(DIRECT).closes(code, "no");
    world.win(OWN);
    assert.deepEqual([world.now.state, world.now.transport], ["negotiated", "same-origin"]);
    assert.match(world.now.why, code === 4401 ? /Not authorised/ : /Not found/);
  });
}

test("a server of another version is to be mended while a lesser way carries the pictures, and no longer", (t) => {
  const world = makeConnection(t);
  world.at(DIRECT).closes(1006);
  world.at(OWN).opens();
  world.at(OWN).closes(4426, "the kernel has marimo-rfb 1.1, and marimo's server has 1.0");
  world.win(COMM);
  assert.equal(world.now.transport, "comm");
  assert.match(world.now.remedy ?? "", /server has 1\.0\. Start marimo again/);
  world.wait(CLIMB_FROM_COMM_MS);
  world.win(DIRECT);
  assert.deepEqual([world.now.transport, world.now.remedy], ["direct", undefined]);
});

test("when every server says no, that is the end, until a person asks", (t) => {
  const world = makeConnection(t);
  for (const candidate of WAYS) {
    world.at(candidate).opens();
    world.at(candidate).closes(4401, "unauthorized");
  }
  assert.deepEqual([world.now.state, world.now.transport], ["error", undefined]);
  assert.match(world.now.error, /^Not authorised.*Run the cell/);
  assert.equal(world.now.why, world.now.error);
  world.connection.wake();
  world.expectRest();
  world.connection.retry();
  assert.deepEqual([world.now.state, world.now.error], ["connecting", ""]);
  assert.equal(world.tried.at(-1), DIRECT.url);
});

test("when one server says no and another is not there, both are tried again", (t) => {
  const world = makeConnection(t, { candidates: [DIRECT, OWN] });
  world.at(DIRECT).opens();
  world.at(DIRECT).closes(4404, "no stream 'x'");
  world.at(OWN).closes(1006);
  assert.equal(world.now.state, "reconnecting");
  assert.match(world.now.error, /^Not found: no stream 'x'.*No connection to ws:\/\/own/);
  world.wait(250);
  assert.deepEqual(world.tried.slice(2), [DIRECT.url]);
  world.at(DIRECT).opens();
  assert.deepEqual([world.now.state, world.now.error], ["open", world.standings.at(-2)?.error]); // no blinking
  world.at(DIRECT).closes(4404, "no stream 'x'");
  assert.deepEqual(world.tried.slice(2), [DIRECT.url, OWN.url]);
});

test("when nobody is there each way is told of, and tried again and again", (t) => {
  const world = makeConnection(t, { candidates: [DIRECT, OWN] });
  for (const pauseMs of PAUSES_MS) {
    world.at(DIRECT).closes(1006);
    world.at(OWN).closes(1006);
    assert.equal(world.now.state, "reconnecting");
    assert.match(world.now.error, /No connection to ws:\/\/port\..*No connection to ws:\/\/own\..*run the cell/);
    const before = world.tried.length;
    world.wait(pauseMs - 1);
    assert.equal(world.tried.length, before);
    world.wait(1);
    assert.deepEqual(world.tried.slice(before), [DIRECT.url]);
  }
  world.win(DIRECT);
  assert.deepEqual([world.now.state, world.now.error], ["negotiated", ""]);
});

test("a kernel that is busy keeps nobody from the other ways, and is asked once", (t) => {
  const world = makeConnection(t);
  const fail = (): void => {
    world.at(DIRECT).closes(1006);
    world.at(OWN).closes(1006);
  };
  fail();
  world.at(COMM).opens();
  world.wait(PATIENCE_MS);
  for (const pauseMs of PAUSES_MS) {
    assert.equal(world.now.state, "reconnecting");
    assert.match(world.now.error, /No connection to .*The kernel does not answer/);
    world.wait(pauseMs);
    fail();
  }
  assert.equal(world.tried.filter((url) => url === COMM.url).length, 1);
  assert.deepEqual(world.at(COMM).types, ["hello"]);
  assert.equal(world.tried.length, 3 + 2 * PAUSES_MS.length);
  world.win(COMM);
  assert.deepEqual([world.now.state, world.now.transport, world.now.error], ["negotiated", "comm", ""]);
});

test("a single way that is silent says so, and may still win", (t) => {
  const world = makeConnection(t, { candidates: [DIRECT] });
  world.wait(PATIENCE_MS);
  assert.equal(world.now.state, "reconnecting");
  assert.match(world.now.error, /No answer from ws:\/\/port.*Run the cell/);
  world.wait(60_000);
  assert.deepEqual(world.tried, [DIRECT.url]);
  world.win(DIRECT);
  assert.deepEqual([world.now.state, world.now.error], ["negotiated", ""]);
});

test("one that was silent and ends after the round changes what is said, not when it is tried again", (t) => {
  const world = makeConnection(t, { candidates: [DIRECT] });
  world.wait(PATIENCE_MS);
  world.wait(200);
  world.at(DIRECT).closes(1006);
  assert.match(world.now.error, /No connection to ws:\/\/port/);
  world.wait(49);
  assert.equal(world.tried.length, 1);
  world.wait(1);
  assert.equal(world.tried.length, 2);
});

test("one that was silent and says no after the round ends the waiting", (t) => {
  const world = makeConnection(t, { candidates: [DIRECT] });
  world.wait(PATIENCE_MS);
  world.at(DIRECT).opens();
  world.at(DIRECT).closes(4401);
  assert.equal(world.now.state, "error");
  world.expectRest();
});

test("the end of the stream is its end by every way, at once", (t) => {
  const world = makeConnection(t);
  world.wait(PATIENCE_MS);
  world.at(OWN).opens();
  world.at(OWN).closes(1000, "the stream was closed");
  assert.equal(world.now.state, "closed");
  assert.match(world.now.error, /the stream was closed.*Run the cell/);
  assert.deepEqual(world.network.alive, []);
  world.expectRest();
});

test("a connection that the server ends is not made anew, until a person asks", (t) => {
  const world = makeConnection(t);
  world.win(DIRECT).closes(1000);
  assert.deepEqual([world.now.state, world.now.transport], ["closed", undefined]);
  world.expectRest();
  world.connection.retry();
  world.win(DIRECT);
  world.connection.end("goodbye");
  assert.equal(world.now.state, "closed");
  assert.match(world.now.error, /goodbye/);
  assert.deepEqual(world.network.alive, []);
  world.expectRest();
  world.connection.retry();
  world.win(DIRECT);
  assert.equal(world.now.state, "negotiated");
});

test("a lost connection is made anew, sooner after one that was accepted than after failures", (t) => {
  const world = makeConnection(t, { candidates: [DIRECT] });
  world.win(DIRECT).closes(1006);
  assert.deepEqual([world.now.state, world.now.transport], ["reconnecting", undefined]);
  assert.match(world.now.error, /^The connection was lost/);
  for (const pauseMs of PAUSES_MS) {
    const before = world.tried.length;
    world.wait(pauseMs - 1);
    assert.equal(world.tried.length, before);
    world.wait(1);
    assert.equal(world.tried.length, before + 1);
    world.at(DIRECT).closes(1006);
  }
  world.wait(1000);
  world.win(DIRECT).closes(1006);
  world.wait(250);
  world.win(DIRECT);
  assert.equal(world.now.state, "negotiated");
});

test("a server that answers and is lost before it accepts does not shorten the pauses", (t) => {
  const world = makeConnection(t, { candidates: [DIRECT] });
  for (const pauseMs of PAUSES_MS) {
    world.at(DIRECT).opens();
    world.at(DIRECT).says("notice");
    world.at(DIRECT).closes(1011);
    const before = world.tried.length;
    world.wait(pauseMs - 1);
    assert.equal(world.tried.length, before);
    world.wait(1);
    assert.equal(world.tried.length, before + 1);
  }
});

test("a server that is full is asked slowly", (t) => {
  const world = makeConnection(t, { candidates: [DIRECT] });
  world.at(DIRECT).opens();
  world.at(DIRECT).closes(4429);
  assert.match(world.now.error, /close another view/);
  world.wait(4_999);
  assert.equal(world.tried.length, 1);
  world.wait(1);
  assert.equal(world.tried.length, 2);
});

test("the loss of a connection while a better way is being tried starts from the top", (t) => {
  const world = makeCommConnection(t);
  world.wait(CLIMB_FROM_COMM_MS);
  const climbing = world.at(DIRECT);
  world.at(COMM).closes(1001);
  assert.equal(climbing.isClosed, true);
  assert.equal(world.now.state, "reconnecting");
  world.wait(250);
  assert.equal(world.tried.at(-1), DIRECT.url);
});

test("waking up tries at once what waits, and starts the pauses anew", (t) => {
  const world = makeConnection(t, { candidates: [DIRECT] });
  for (const pauseMs of PAUSES_MS) {
    world.at(DIRECT).closes(1006);
    world.wait(pauseMs);
  }
  world.at(DIRECT).closes(1006);
  const before = world.tried.length;
  world.connection.wake();
  assert.equal(world.tried.length, before + 1);
  world.connection.wake(); // it is being tried
  assert.equal(world.tried.length, before + 1);
  world.at(DIRECT).closes(1006);
  world.wait(250);
  assert.equal(world.tried.length, before + 2);
});

test("waking up gives up what was silent, because the network may be another one", (t) => {
  const world = makeConnection(t);
  world.wait(3 * PATIENCE_MS);
  assert.equal(world.network.alive.length, 3);
  world.connection.wake();
  assert.deepEqual(world.network.alive, [world.at(DIRECT)]);
  assert.equal(world.tried.length, 4);
});

test("a person who asks for another try gets one at once, on whatever the connection is", (t) => {
  const world = makeCommConnection(t);
  world.connection.retry();
  assert.deepEqual([world.now.state, world.now.transport, world.now.error], ["connecting", undefined, ""]);
  assert.deepEqual(world.network.alive, [world.at(DIRECT)]);
});

test("another try begins with short pauses, and knows nothing of before", async (t) => {
  const world = makeConnection(t, { candidates: [DIRECT, OWN], probeUrl: "http://own/health" });
  const fail = (): void => {
    world.at(DIRECT).closes(1006);
    world.at(OWN).closes(1006);
  };
  for (const pauseMs of PAUSES_MS) {
    fail();
    await world.answerProbes(404);
    world.wait(pauseMs);
  }
  world.connection.retry();
  fail();
  assert.match(world.now.error, /No connection to ws:\/\/own/);
  const before = world.tried.length;
  world.wait(250);
  assert.equal(world.tried.length, before + 1);
});

test("after stop nothing happens and nothing is open, whatever was under way", async (t) => {
  const stages: ((world: ReturnType<typeof makeConnection>) => void)[] = [
    () => {},
    (world) => world.wait(3 * PATIENCE_MS),
    (world) => world.at(DIRECT).opens(),
    (world) => world.win(DIRECT),
    (world) => WAYS.forEach((candidate) => world.at(candidate).closes(1006)),
    (world) => {
      world.win(DIRECT).says(pixels());
      world.connection.wake();
    },
    (world) => {
      world.wait(PATIENCE_MS);
      world.win(OWN);
    },
  ];
  for (const reach of stages) {
    const world = makeConnection(t, { probeUrl: "http://own/health" });
    reach(world);
    world.connection.stop();
    assert.deepEqual(world.network.alive, []);
    const told = world.standings.length;
    await world.answerProbes(200);
    world.connection.wake();
    world.connection.retry();
    world.connection.send(CLICK);
    world.expectRest();
    assert.equal(world.standings.length, told);
    t.mock.timers.reset();
  }
});

test("another target replaces the first, which is not heard of any more", (t) => {
  const world = makeCommConnection(t);
  const former = world.at(COMM);
  world.connection.connect({ ...world.target, candidates: [{ kind: "direct", url: "ws://other" }] });
  assert.equal(former.isClosed, true);
  assert.deepEqual([world.now.state, world.now.transport, world.now.why], ["connecting", undefined, ""]);
  assert.equal(world.tried.at(-1), "ws://other");
  world.win({ kind: "direct", url: "ws://other" });
  world.expectRest();
});

test("after a wake a socket that leads nowhere is given up within 4 s", (t) => {
  const world = makeConnection(t);
  const line = world.win(DIRECT);
  line.says(pixels());
  world.connection.wake();
  assert.equal(line.types.at(-1), "request_keyframe");
  world.connection.wake();
  assert.equal(line.types.length, 2);
  world.wait(ALIVE_MS - 1);
  assert.equal(line.isClosed, false);
  world.wait(1);
  assert.equal(line.isClosed, true);
  assert.deepEqual([world.now.state, world.now.transport], ["reconnecting", undefined]);
  assert.match(world.now.error, /^The connection was lost/);
  world.wait(250);
  world.win(DIRECT);
  assert.equal(world.now.state, "negotiated");
});

test("after a wake any answer shows that a socket lives", (t) => {
  const world = makeConnection(t);
  const line = world.win(DIRECT);
  line.says(pixels());
  for (let round = 1; round <= 2; round += 1) {
    world.connection.wake();
    world.wait(ALIVE_MS - 1);
    line.says("stats");
    world.wait(60_000);
    assert.equal(line.isClosed, false);
    assert.equal(line.types.filter((type) => type === "request_keyframe").length, round);
  }
});

test("after a wake nobody is asked who has no picture to send, sends none to a hidden page, or is a busy kernel", (t) => {
  const noPicture = makeConnection(t);
  noPicture.win(DIRECT);
  noPicture.connection.wake();
  assert.deepEqual(noPicture.at(DIRECT).types, ["hello"]);
  noPicture.expectRest();
  t.mock.timers.reset();

  const hidden = makeConnection(t);
  hidden.win(DIRECT).says(pixels());
  hidden.connection.send(HIDDEN);
  hidden.connection.wake();
  assert.deepEqual(hidden.at(DIRECT).types, ["hello", "visibility"]);
  hidden.connection.send(VISIBLE);
  hidden.connection.wake();
  assert.equal(hidden.at(DIRECT).types.at(-1), "request_keyframe");
  t.mock.timers.reset();

  const comm = makeCommConnection(t);
  comm.at(COMM).says(pixels());
  comm.connection.wake();
  assert.deepEqual(comm.at(COMM).types, ["hello"]);
});

test("a picture of the former connection does not count for the next", (t) => {
  const world = makeConnection(t, { candidates: [DIRECT] });
  const line = world.win(DIRECT);
  line.says(pixels());
  line.closes(1006);
  world.wait(250);
  world.win(DIRECT);
  world.connection.wake();
  assert.deepEqual(world.at(DIRECT).types, ["hello"]);
});

test("the size of the view, and that nobody looks, follow every hello", (t) => {
  const world = makeConnection(t);
  for (const message of [viewport(1), HIDDEN, viewport(2)]) world.connection.send(message);
  world.wait(PATIENCE_MS);
  for (const candidate of [OWN, DIRECT]) {
    world.at(candidate).opens();
    assert.deepEqual(world.at(candidate).sent.slice(1), [viewport(2), HIDDEN]);
    world.win(candidate);
  }
  world.at(DIRECT).closes(1006);
  world.wait(250);
  world.at(DIRECT).opens();
  assert.deepEqual(world.at(DIRECT).sent.slice(1), [viewport(2), HIDDEN]);
});

test("what lasts reaches a server that was greeted and has not answered yet", (t) => {
  const world = makeCommConnection(t);
  world.connection.send(HIDDEN);
  world.wait(CLIMB_FROM_COMM_MS);
  world.at(DIRECT).opens();
  world.connection.send(viewport(3));
  world.connection.send(VISIBLE);
  for (const candidate of [COMM, DIRECT]) assert.deepEqual(world.at(candidate).sent.slice(-2), [viewport(3), VISIBLE]);
  world.win(DIRECT);
  assert.deepEqual(world.at(DIRECT).sent.slice(1), [HIDDEN, viewport(3), VISIBLE]);
});

test("events and acks are sent only to a server that has answered", (t) => {
  const world = makeConnection(t);
  world.connection.send(CLICK);
  world.at(DIRECT).opens();
  world.connection.send(CLICK);
  world.win(DIRECT);
  assert.deepEqual(world.at(DIRECT).types, ["hello"]);
  world.connection.send(CLICK);
  assert.deepEqual(world.at(DIRECT).types, ["hello", "event"]);
});

test("an address that the browser refuses is passed over, and said to be so", (t) => {
  const world = makeConnection(t);
  world.connection.stop();
  world.network.refuses.set(DIRECT.url, new DOMException("insecure", "SecurityError"));
  world.network.refuses.set(OWN.url, new DOMException("insecure", "SecurityError"));
  world.connection.connect(world.target);
  world.win(COMM);
  assert.match(world.now.why, /kernel's channel.*ws:\/\/port; from an https page.*ws:\/\/own; from an https page/);
  world.wait(CLIMB_FROM_COMM_MS);
  assert.equal(world.now.transport, "comm");
});

test("an only address that the browser refuses is an error, until a person asks", (t) => {
  const world = makeConnection(t, { candidates: [DIRECT] });
  world.connection.stop();
  world.network.refuses.set(DIRECT.url, new SyntaxError("bad scheme"));
  world.connection.connect(world.target);
  assert.equal(world.now.state, "error");
  assert.match(world.now.error, /ws:\/\/port is not an address.*bad scheme/);
  world.expectRest();
  world.network.refuses.clear();
  world.connection.retry();
  world.win(DIRECT);
  assert.equal(world.now.state, "negotiated");
});

test("where sockets through the page's own server do not open, a plain request shows why, beside the pictures", async (t) => {
  const world = makeCommConnection(t, { probeUrl: "http://own/health" });
  assert.deepEqual(world.probed, ["http://own/health"]);
  assert.match(world.now.why, /No connection to ws:\/\/own/);
  await world.answerProbes(200);
  assert.equal(world.now.state, "negotiated");
  assert.match(world.now.why, /No connection to ws:\/\/port\..*a proxy on the way.*Upgrade/);
  assert.doesNotMatch(world.now.why, /No connection to ws:\/\/own/);
});

test("a silent proxy is found out as well, unless it opens after all", async (t) => {
  const world = makeConnection(t, { candidates: [OWN, COMM], probeUrl: "http://own/health" });
  world.wait(PATIENCE_MS);
  world.win(COMM);
  await world.answerProbes(200);
  assert.match(world.now.why, /a proxy on the way/);
  world.win(OWN);
  assert.equal(world.now.why, "Through the notebook's own server.");
});

test("a server that opens a socket and says nothing is not a proxy that opens none", async (t) => {
  const world = makeConnection(t, { candidates: [OWN, COMM], probeUrl: "http://own/health" });
  world.wait(PATIENCE_MS);
  world.at(OWN).opens();
  world.wait(PATIENCE_MS);
  world.win(COMM);
  await world.answerProbes(200);
  assert.match(world.now.why, /No answer from ws:\/\/own/);
});

test("what a server says itself counts for more than a plain request", async (t) => {
  const world = makeConnection(t, { candidates: [OWN, COMM], probeUrl: "http://own/health" });
  world.wait(PATIENCE_MS);
  world.win(COMM);
  world.at(OWN).opens();
  world.at(OWN).closes(4404, "no stream 'x'");
  await world.answerProbes(200);
  assert.match(world.now.why, /Not found: no stream 'x'/);
});

test("the answer to a plain request for another target is not heard", async (t) => {
  const world = makeCommConnection(t, { probeUrl: "http://own/health" });
  world.connection.connect({ ...world.target, candidates: [OWN, COMM], probeUrl: "http://other/health" });
  world.wait(PATIENCE_MS);
  world.win(COMM);
  const [first] = world.probed;
  assert.equal(first, "http://own/health");
  await world.answerFirstProbe(200);
  assert.match(world.now.why, /No answer from ws:\/\/own/);
});

test("what the plain request showed stays said from one try to the next", async (t) => {
  const world = makeConnection(t, { candidates: [OWN], probeUrl: "http://own/health" });
  world.connection.connect({ ...world.target, candidates: [DIRECT, OWN] });
  const fail = (): void => {
    world.at(DIRECT).closes(1006);
    world.at(OWN).closes(1006);
  };
  fail();
  await world.answerProbes(undefined);
  const said = world.now.error;
  assert.match(said, /does not answer; is it running/);
  const told = world.standings.length;
  for (const pauseMs of PAUSES_MS) {
    world.wait(pauseMs);
    fail();
    await world.answerProbes(undefined);
  }
  assert.deepEqual(new Set(world.standings.slice(told).map(({ error }) => error)), new Set([said]));
  world.wait(1000);
  fail();
  await world.answerProbes(404);
  assert.match(world.now.error, /install marimo-rfb/);
});

test("a page without a server of its own asks nobody", (t) => {
  const world = makeCommConnection(t);
  assert.deepEqual(world.probed, []);
  assert.equal(world.now.transport, "comm");
});
