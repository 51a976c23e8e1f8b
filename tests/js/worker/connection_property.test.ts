import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import test from "node:test";
import type { LinkState, Target, TransportCandidate } from "../../../js/src/wire/worker_messages.ts";
import { Connection } from "../../../js/src/worker/connection.ts";
import { FakeNetwork, seededRandom } from "../helpers.ts";

const WAYS: readonly TransportCandidate[] = [
  { kind: "direct", url: "ws://port" },
  { kind: "same-origin", url: "ws://own" },
  { kind: "comm", url: "" },
];
const SEEDS = 400;
const STEPS = 120;
const CODES = [1000, 1001, 1006, 1006, 1011, 4401, 4404, 4408, 4429];
const PROBED = [200, 404, 0, undefined];
const FINAL: ReadonlySet<string> = new Set(["closed", "error"]);

function rankOf({ kind }: TransportCandidate): number {
  return WAYS.findIndex((candidate) => candidate.kind === kind);
}

/** Counts the active timers, on top of the mocked ones. */
function countTimers(t: TestContext): Set<unknown> {
  const set = new Set<unknown>();
  const { setTimeout, clearTimeout } = globalThis;
  t.mock.method(globalThis, "setTimeout", (callback: () => void, ms: number) => {
    const timer = setTimeout(() => {
      set.delete(timer);
      callback();
    }, ms);
    set.add(timer);
    return timer;
  });
  t.mock.method(globalThis, "clearTimeout", (timer: ReturnType<typeof setTimeout> | undefined) => {
    set.delete(timer);
    clearTimeout(timer);
  });
  return set;
}

/** Run a connection through random steps and check its invariants. */
class Life {
  readonly network = new FakeNetwork();
  readonly connection: Connection;
  readonly target: Target = {
    candidates: WAYS,
    probeUrl: "http://own/health",
    token: "",
    version: "",
    view: "",
    devicePixelRatio: 1,
  };
  readonly #random: () => number;
  readonly #tick: (ms: number) => void;
  readonly trace: string[] = [];
  linkState: LinkState | undefined;
  /** The transports whose messages were received since the last `onOpen`. */
  #speakers = new Set<string>();
  #speaking = "";
  #marks = 0;

  constructor(random: () => number, tick: (ms: number) => void) {
    this.#random = random;
    this.#tick = tick;
    this.connection = new Connection(
      {
        onOpen: () => this.#speakers.clear(),
        onMessage: (data) => {
          this.#speakers.add(this.#speaking);
          this.#marks += 1;
          if (String(data).endsWith("config")) this.connection.negotiated();
        },
        onUnauthorized: () => {},
        onStateChange: (linkState) => (this.linkState = linkState),
      },
      {
        open: this.network.open,
        probe: () => Promise.resolve(this.#pick(PROBED)),
        random,
      },
    );
  }

  step(): void {
    const kind = this.#random();
    const transport = this.#pick(this.network.alive);
    if (transport !== undefined && kind < 0.75) {
      const index = this.network.transports.indexOf(transport);
      if (!transport.isOpen && kind < 0.4) this.#do(`open ${index}`, () => transport.opens());
      else if (transport.isOpen && kind < 0.5) this.#say(index);
      else if (kind > 0.6) {
        const code = this.#pick(CODES) ?? 1006;
        this.#do(`close ${index} ${code}`, () => transport.closes(transport.isOpen ? code : 1006));
      }
    } else if (kind < 0.93) {
      const ms = this.#pick([10, 300, 700, 2_000, 6_000, 40_000]) ?? 0;
      this.#do(`wait ${ms}`, () => this.#tick(ms));
    } else if (kind < 0.96) this.#do("wake", () => this.connection.wake());
    else if (kind < 0.98) this.#do("retry", () => this.connection.retry());
    else this.#do("hide", () => this.connection.send({ type: "visibility", visible: kind < 0.99 }));
  }

  /** Messages of a transport without `hello`, or of a closed one, are ignored. */
  #say(index: number): void {
    const transport = this.network.transports[index];
    if (transport === undefined) return;
    const before = this.#marks;
    const { isHelloSent } = transport;
    const data = this.#random() < 0.5 ? `${index} config` : new ArrayBuffer(1);
    this.#speaking = `${index}`;
    this.#do(`say ${index}`, () => transport.sends(data));
    assert.equal(this.#marks - before, isHelloSent ? 1 : 0);
  }

  check(timers: number): void {
    assert.ok(this.#speakers.size <= 1, "two connections deliver");
    const { alive } = this.network;
    const tried = alive.map(({ candidate }) => candidate.url);
    assert.equal(new Set(tried).size, tried.length, `a candidate is tried twice at a time: ${tried.join()}`);
    const { state, error, transport } = this.linkState ?? assert.fail("nothing was reported");
    const isFinal = FINAL.has(state);
    assert.equal(isFinal, timers + alive.length === 0, "either it is over, or something is in progress");
    if (isFinal || state === "reconnecting") assert.notEqual(error, "");
    const speaker = alive.find((transport) => this.#speakers.has(`${this.network.transports.indexOf(transport)}`));
    if (state === "negotiated") assert.equal(speaker?.candidate.kind, transport);
    if (speaker === undefined && !isFinal) assert.ok(timers > 0, "nobody will try again");
    const lesser = alive.filter(
      ({ candidate }) => speaker !== undefined && rankOf(candidate) > rankOf(speaker.candidate),
    );
    assert.deepEqual(lesser, [], "a worse transport is kept beside a better one");
  }

  #do(what: string, act: () => void): void {
    this.trace.push(what);
    act();
  }

  #pick<T>(from: readonly T[]): T | undefined {
    return from[Math.floor(this.#random() * from.length)];
  }
}

test("in any order of events, one connection delivers, attempts continue, or the state is final", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const timers = countTimers(t);
  const reached = new Set<string>();
  for (let seed = 0; seed < SEEDS; seed += 1) {
    const life = new Life(seededRandom(seed), (ms) => t.mock.timers.tick(ms));
    try {
      life.connection.connect(life.target);
      for (let count = 0; count < STEPS; count += 1) {
        life.step();
        await Promise.resolve();
        life.check(timers.size);
        reached.add(`${life.linkState?.state} ${life.linkState?.transport}`);
      }
      life.connection.stop();
      assert.equal(timers.size, 0, "a timer is left");
      assert.deepEqual(life.network.alive, [], "a transport is left open");
    } catch (error) {
      throw new Error(`seed ${seed}: ${life.trace.join(", ")}`, { cause: error });
    }
  }
  // The random walk reached every state.
  for (const kind of ["direct", "same-origin", "comm"]) assert.ok(reached.has(`negotiated ${kind}`), kind);
  for (const state of ["connecting", "open", "reconnecting", "closed", "error"]) {
    assert.ok(reached.has(`${state} undefined`), state);
  }
});
