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

test("the ticket is presented at once while the token is requested", () => {
  const { credential, log } = makeCredential({ ticket: "ticket", has_token: true });
  assert.equal(credential.present(), "ticket");
  assert.deepEqual(log, ["ask"]);
  assert.equal(credential.present(), "ticket");
  assert.deepEqual(log, ["ask"]);
});

test("a connection opened by a ticket is kept when the token arrives; the next one uses the token", () => {
  const { credential, log } = makeCredential({ ticket: "ticket", has_token: true });
  credential.present();
  assert.equal(credential.receive(tokenMessage("token")), true);
  assert.deepEqual(log, ["ask"]);
  assert.equal(credential.present(), "token");
  assert.deepEqual(log, ["ask"]);
});

test("without a ticket the link waits for the token", () => {
  const { credential, log } = makeCredential({ has_token: true });
  assert.equal(credential.present(), undefined);
  assert.equal(credential.isAwaited, true);
  credential.receive(tokenMessage("token"));
  assert.deepEqual(log, ["ask", "changed"]);
  assert.deepEqual([credential.present(), credential.isAwaited], ["token", false]);
});

test("an expired ticket is replaced by the token", () => {
  const { credential, log } = makeCredential({ ticket: "old", has_token: true });
  credential.present();
  credential.onRejected();
  assert.equal(credential.isAwaited, true);
  assert.deepEqual(log, ["ask"]);
  credential.receive(tokenMessage("token"));
  assert.deepEqual(log, ["ask", "changed"]);
  assert.equal(credential.present(), "token");
});

test("an expired ticket is replaced by a new one, which a busy kernel can still set", async () => {
  const { credential, log, set } = makeCredential({ ticket: "old", has_token: true });
  credential.present();
  credential.onRejected();
  await set({ ticket: "new" });
  assert.deepEqual(log, ["ask", "changed"]);
  assert.equal(credential.present(), "new");
});

test("a renewed ticket keeps the connection", async () => {
  const { credential, log, set } = makeCredential({ ticket: "one", has_token: true });
  credential.present();
  await set({ ticket: "two" });
  assert.deepEqual(log, ["ask"]);
});

test("a rejected token is requested once more, and the same one again is final", () => {
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

test("a replaced token is reported to a link that has the old one", () => {
  const { credential, log } = makeCredential({ ticket: "ticket", has_token: true });
  credential.present();
  credential.receive(tokenMessage("one"));
  credential.receive(tokenMessage("two"));
  assert.deepEqual(log, ["ask", "other"]);
});

test("nothing is requested until there is a token", async () => {
  const { credential, log, set } = makeCredential({});
  assert.deepEqual([credential.present(), credential.isAwaited], ["", false]);
  credential.onRejected();
  assert.deepEqual(log, []);
  await set({ has_token: true });
  assert.deepEqual(log, ["ask"]);
  credential.receive(tokenMessage("token"));
  assert.deepEqual(log, ["ask", "changed"]);
});

test("a retry requests the token again, because the kernel may be a new one", () => {
  const { credential, log } = makeCredential({ has_token: true });
  credential.present();
  credential.ask();
  credential.onRejected();
  assert.deepEqual(log, ["ask"]);
  credential.askAgain();
  assert.deepEqual(log, ["ask", "ask"]);
});

test("a host without Python provides the token as a trait", () => {
  const { credential, log } = makeCredential({ token: "token" });
  assert.equal(credential.present(), "token");
  assert.deepEqual(log, []);
});

test("other messages are left to other handlers", () => {
  const { credential, log } = makeCredential({ has_token: true });
  credential.present();
  for (const content of [undefined, null, "token", {}, { kind: "wire", token: "x" }, { kind: "token", token: 5 }]) {
    assert.equal(credential.receive(content), false);
  }
  assert.deepEqual([credential.isAwaited, log], [true, ["ask"]]);
});
