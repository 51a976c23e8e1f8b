import assert from "node:assert/strict";
import test from "node:test";
import { AckLedger } from "../../../js/src/flow/ack_ledger.ts";
import { seededRandom } from "../helpers.ts";

test("a frame that is shown is acked at once", () => {
  const ledger = new AckLedger();
  ledger.open(1, 10);
  assert.deepEqual(ledger.settle(1, true), [{ seq: 10, displayed: true }]);
  assert.equal(ledger.size, 0);
});

test("a frame is not acked before every older one is done with", () => {
  const ledger = new AckLedger();
  for (const ticket of [1, 2, 3]) ledger.open(ticket, ticket * 10);
  assert.deepEqual(ledger.settle(3, true), []);
  assert.deepEqual(ledger.settle(2, false), []);
  assert.deepEqual(ledger.settle(1, false), [
    { seq: 10, displayed: false },
    { seq: 20, displayed: false },
    { seq: 30, displayed: true },
  ]);
});

test("an unknown ticket and a second word about the same frame change nothing", () => {
  const ledger = new AckLedger();
  ledger.open(1, 10);
  ledger.open(2, 20);
  assert.deepEqual(ledger.settle(9, true), []);
  assert.deepEqual(ledger.settle(2, true), []);
  assert.deepEqual(ledger.settle(2, false), []);
  assert.deepEqual(ledger.settle(1, true).at(-1), { seq: 20, displayed: true });
  assert.deepEqual(ledger.settle(1, true), []);
});

test("after a reset late words about frames of the old connection are ignored", () => {
  const ledger = new AckLedger();
  ledger.open(1, 10);
  ledger.reset();
  ledger.open(2, 10);
  assert.deepEqual(ledger.settle(1, true), []);
  assert.deepEqual(ledger.settle(2, false), [{ seq: 10, displayed: false }]);
});

test("in whatever order frames are done with, each is acked once and in order", () => {
  const random = seededRandom(11);
  for (let round = 0; round < 100; round += 1) {
    const ledger = new AckLedger();
    const tickets = Array.from({ length: 20 }, (_, index) => index + 1);
    for (const ticket of tickets) ledger.open(ticket, ticket);
    const shuffled = tickets.map((ticket) => [random(), ticket] as const).sort(([a], [b]) => a - b);
    const settled = new Set<number>();
    const acked: number[] = [];
    for (const [, ticket] of shuffled) {
      settled.add(ticket);
      acked.push(...ledger.settle(ticket, true).map(({ seq }) => seq));
      assert.ok(tickets.slice(0, acked.length).every((older) => settled.has(older)));
    }
    assert.deepEqual(acked, tickets);
  }
});
