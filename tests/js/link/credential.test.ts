import assert from "node:assert/strict";
import test from "node:test";
import { Traits } from "../../../js/src/host/traits.ts";
import { Credential } from "../../../js/src/link/credential.ts";
import { StubModel } from "../helpers.ts";

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function makeCredential(values: Record<string, unknown>) {
  const model = new StubModel(values);
  /** The calls, in order. */
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

const tokenMessage = (token: string): object => ({ kind: "token", token });

test("a ticket is shown at once, and the token is asked for meanwhile", () => {
  const { credential, log } = makeCredential({ ticket: "ticket", has_token: true });
  assert.equal(credential.present(), "ticket");
  assert.deepEqual(log, ["ask"]);
  assert.equal(credential.present(), "ticket");
  assert.deepEqual(log, ["ask"]);
});

test("a connection that a ticket opened goes on when the token comes, and the next one is opened by that", () => {
  const { credential, log } = makeCredential({ ticket: "ticket", has_token: true });
  credential.present();
  assert.equal(credential.receive(tokenMessage("token")), true);
  assert.deepEqual(log, ["ask"]);
  assert.equal(credential.present(), "token");
  assert.deepEqual(log, ["ask"]);
});

test("without a ticket the token is waited for", () => {
  const { credential, log } = makeCredential({ has_token: true });
  assert.equal(credential.present(), undefined);
  assert.equal(credential.isAwaited, true);
  credential.receive(tokenMessage("token"));
  assert.deepEqual(log, ["ask", "changed"]);
  assert.deepEqual([credential.present(), credential.isAwaited], ["token", false]);
});

test("a ticket that is too old is replaced by the token", () => {
  const { credential, log } = makeCredential({ ticket: "old", has_token: true });
  credential.present();
  credential.onRejected();
  assert.equal(credential.isAwaited, true);
  assert.deepEqual(log, ["ask"]);
  credential.receive(tokenMessage("token"));
  assert.deepEqual(log, ["ask", "changed"]);
  assert.equal(credential.present(), "token");
});

test("a ticket that is too old is replaced by a new one, which a busy kernel can have", async () => {
  const { credential, log, set } = makeCredential({ ticket: "old", has_token: true });
  credential.present();
  credential.onRejected();
  await set({ ticket: "new" });
  assert.deepEqual(log, ["ask", "changed"]);
  assert.equal(credential.present(), "new");
});

test("a ticket that is renewed disturbs no connection", async () => {
  const { credential, log, set } = makeCredential({ ticket: "one", has_token: true });
  credential.present();
  await set({ ticket: "two" });
  assert.deepEqual(log, ["ask"]);
});

test("a token that is refused is asked for once more, and no other one is an end to it", () => {
  const { credential, log } = makeCredential({ has_token: true });
  credential.present();
  credential.receive(tokenMessage("wrong"));
  credential.present();
  credential.onRejected();
  assert.equal(credential.isAwaited, false);
  credential.receive(tokenMessage("wrong"));
  assert.deepEqual(log, ["ask", "changed", "ask"]);
  credential.receive(tokenMessage("right"));
  assert.deepEqual(log, ["ask", "changed", "ask", "other"]);
  assert.equal(credential.present(), "right");
});

test("what Python sets anew is reported to a page that knows the last one", () => {
  const { credential, log } = makeCredential({ ticket: "ticket", has_token: true });
  credential.present();
  credential.receive(tokenMessage("one"));
  credential.receive(tokenMessage("two"));
  assert.deepEqual(log, ["ask", "other"]);
});

test("where there is no token nothing is asked, until there is one", async () => {
  const { credential, log, set } = makeCredential({});
  assert.deepEqual([credential.present(), credential.isAwaited], ["", false]);
  credential.onRejected();
  assert.deepEqual(log, []);
  await set({ has_token: true });
  assert.deepEqual(log, ["ask"]);
  credential.receive(tokenMessage("token"));
  assert.deepEqual(log, ["ask", "changed"]);
});

test("a kernel that is no more is asked again when a person wants so", () => {
  const { credential, log } = makeCredential({ has_token: true });
  credential.present();
  credential.ask();
  credential.onRejected();
  assert.deepEqual(log, ["ask"]);
  credential.askAgain();
  assert.deepEqual(log, ["ask", "ask"]);
});

test("a host without Python has the token itself", () => {
  const { credential, log } = makeCredential({ token: "token" });
  assert.equal(credential.present(), "token");
  assert.deepEqual(log, []);
});

test("what is no token is left to others", () => {
  const { credential, log } = makeCredential({ has_token: true });
  credential.present();
  for (const content of [undefined, null, "token", {}, { kind: "wire", token: "x" }, { kind: "token", token: 5 }]) {
    assert.equal(credential.receive(content), false);
  }
  assert.deepEqual([credential.isAwaited, log], [true, ["ask"]]);
});
