import assert from "node:assert/strict";
import test from "node:test";
import { Credential } from "../../../js/src/link/credential.ts";
import { Traits } from "../../../js/src/host/traits.ts";
import { StubModel } from "../helpers.ts";

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function makeCredential(values: Record<string, unknown>) {
  const model = new StubModel(values);
  /** What was asked and told, in order. */
  const log: string[] = [];
  const credential = new Credential(
    new Traits(model),
    () => log.push("ask"),
    (isOther) => log.push(isOther ? "other" : "changed"),
    new AbortController().signal,
  );
  const set = async (values: Record<string, unknown>): Promise<void> => {
    for (const [name, value] of Object.entries(values)) model.set(name, value);
    await settle();
  };
  return { credential, log, set };
}

const told = (token: string): object => ({ kind: "token", token });

test("a ticket is shown at once, and the token is asked for meanwhile", () => {
  const { credential, log } = makeCredential({ ticket: "ticket", has_token: true });
  assert.equal(credential.show(), "ticket");
  assert.deepEqual(log, ["ask"]);
  assert.equal(credential.show(), "ticket");
  assert.deepEqual(log, ["ask"]);
});

test("a connection that a ticket opened goes on when the token comes, and the next one is opened by that", () => {
  const { credential, log } = makeCredential({ ticket: "ticket", has_token: true });
  credential.show();
  assert.equal(credential.take(told("token")), true);
  assert.deepEqual(log, ["ask"]);
  assert.equal(credential.show(), "token");
  assert.deepEqual(log, ["ask"]);
});

test("without a ticket the token is waited for", () => {
  const { credential, log } = makeCredential({ has_token: true });
  assert.equal(credential.show(), undefined);
  assert.equal(credential.isAwaited, true);
  credential.take(told("token"));
  assert.deepEqual(log, ["ask", "changed"]);
  assert.deepEqual([credential.show(), credential.isAwaited], ["token", false]);
});

test("a ticket that is too old gives way to the token", () => {
  const { credential, log } = makeCredential({ ticket: "old", has_token: true });
  credential.show();
  credential.refuse();
  assert.equal(credential.isAwaited, true);
  assert.deepEqual(log, ["ask"]);
  credential.take(told("token"));
  assert.deepEqual(log, ["ask", "changed"]);
  assert.equal(credential.show(), "token");
});

test("a ticket that is too old gives way to a new one, which a busy kernel can have", async () => {
  const { credential, log, set } = makeCredential({ ticket: "old", has_token: true });
  credential.show();
  credential.refuse();
  await set({ ticket: "new" });
  assert.deepEqual(log, ["ask", "changed"]);
  assert.equal(credential.show(), "new");
});

test("a ticket that is renewed disturbs no connection", async () => {
  const { credential, log, set } = makeCredential({ ticket: "one", has_token: true });
  credential.show();
  await set({ ticket: "two" });
  assert.deepEqual(log, ["ask"]);
});

test("a token that is refused is asked for once more, and no other one is an end to it", () => {
  const { credential, log } = makeCredential({ has_token: true });
  credential.show();
  credential.take(told("wrong"));
  credential.show();
  credential.refuse();
  assert.equal(credential.isAwaited, false);
  credential.take(told("wrong"));
  assert.deepEqual(log, ["ask", "changed", "ask"]);
  credential.take(told("right"));
  assert.deepEqual(log, ["ask", "changed", "ask", "other"]);
  assert.equal(credential.show(), "right");
});

test("what Python sets anew is told to a page that knows the last one", () => {
  const { credential, log } = makeCredential({ ticket: "ticket", has_token: true });
  credential.show();
  credential.take(told("one"));
  credential.take(told("two"));
  assert.deepEqual(log, ["ask", "other"]);
});

test("where there is no token nothing is asked, until there is one", async () => {
  const { credential, log, set } = makeCredential({});
  assert.deepEqual([credential.show(), credential.isAwaited], ["", false]);
  credential.refuse();
  assert.deepEqual(log, []);
  await set({ has_token: true });
  assert.deepEqual(log, ["ask"]);
  credential.take(told("token"));
  assert.deepEqual(log, ["ask", "changed"]);
});

test("a kernel that is no more is asked again when a person wants so", () => {
  const { credential, log } = makeCredential({ has_token: true });
  credential.show();
  credential.ask();
  credential.refuse();
  assert.deepEqual(log, ["ask"]);
  credential.askAgain();
  assert.deepEqual(log, ["ask", "ask"]);
});

test("a host without Python says the token itself", () => {
  const { credential, log } = makeCredential({ token: "token" });
  assert.equal(credential.show(), "token");
  assert.deepEqual(log, []);
});

test("what is no token is left to others", () => {
  const { credential, log } = makeCredential({ has_token: true });
  credential.show();
  for (const content of [undefined, null, "token", {}, { kind: "wire", token: "x" }, { kind: "token", token: 5 }]) {
    assert.equal(credential.take(content), false);
  }
  assert.deepEqual([credential.isAwaited, log], [true, ["ask"]]);
});
