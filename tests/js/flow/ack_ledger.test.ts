import assert from "node:assert/strict";
import test from "node:test";
import { AckLedger } from "../../../js/src/flow/ack_ledger.ts";
import { seededRandom } from "../helpers.ts";

test("a displayed frame is acked at once", () => {
  const ledger = new AckLedger();
  ledger.open(1, 10, 7);
  assert.deepEqual(ledger.settle(1, true), [{ seq: 10, displayed: true, receivedMs: 7 }]);
  assert.equal(ledger.size, 0);
});

test("a frame is acked only after every older one is finished", () => {
  const ledger = new AckLedger();
  for (const ticket of [1, 2, 3]) ledger.open(ticket, ticket * 10, 7);
  assert.deepEqual(ledger.settle(3, true), []);
  assert.deepEqual(ledger.settle(2, false), []);
  assert.deepEqual(ledger.settle(1, false), [
    { seq: 10, displayed: false, receivedMs: 7 },
    { seq: 20, displayed: false, receivedMs: 7 },
    { seq: 30, displayed: true, receivedMs: 7 },
  ]);
});

test("an unknown or already settled ticket changes nothing", () => {
  const ledger = new AckLedger();
  ledger.open(1, 10, 7);
  ledger.open(2, 20, 7);
  assert.deepEqual(ledger.settle(9, true), []);
  assert.deepEqual(ledger.settle(2, true), []);
  assert.deepEqual(ledger.settle(2, false), []);
  assert.deepEqual(ledger.settle(1, true).at(-1), { seq: 20, displayed: true, receivedMs: 7 });
  assert.deepEqual(ledger.settle(1, true), []);
});

test("after a reset the old connection's frames are ignored", () => {
  const ledger = new AckLedger();
  ledger.open(1, 10, 7);
  ledger.reset();
  ledger.open(2, 10, 7);
  assert.deepEqual(ledger.settle(1, true), []);
  assert.deepEqual(ledger.settle(2, false), [{ seq: 10, displayed: false, receivedMs: 7 }]);
});

test("frames that finish in any order are acked once and in order", () => {
  const random = seededRandom(11);
  for (let round = 0; round < 100; round += 1) {
    const ledger = new AckLedger();
    const tickets = Array.from({ length: 20 }, (_, index) => index + 1);
    for (const ticket of tickets) ledger.open(ticket, ticket, 7);
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
