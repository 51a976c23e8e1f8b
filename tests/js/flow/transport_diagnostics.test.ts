import assert from "node:assert/strict";
import test from "node:test";
import { closeReason } from "../../../js/src/flow/close_reason.ts";
import type { Failure } from "../../../js/src/flow/transport_diagnostics.ts";
import {
  forbidden,
  refused,
  remedyBeside,
  swallowed,
  unanswered,
  unreached,
  verdict,
  whyThisWay,
} from "../../../js/src/flow/transport_diagnostics.ts";
import type { Way } from "../../../js/src/wire/worker_messages.ts";

const DIRECT: Way = { rung: "direct", url: "ws://127.0.0.1:9/x" };
const OWN: Way = { rung: "same-origin", url: "wss://lab.example/rfb/0/x" };
const COMM: Way = { rung: "comm", url: "" };

function refusedWith(way: Way, code: number, said = ""): Failure {
  return refused(way, closeReason(code, said));
}

test("an address that was never reached is named, with what to do, and tried again", () => {
  const { retry, state, text } = verdict([unreached(DIRECT)]);
  assert.deepEqual([retry, state], ["normal", "reconnecting"]);
  assert.match(text, /ws:\/\/127\.0\.0\.1:9\/x.*Run the cell.*host="auto".*base_path/);
});

test("a path through the page's own server that leads nowhere is named, with what to do", () => {
  assert.match(verdict([unreached(OWN)]).text, /wss:\/\/lab\.example\/rfb\/0\/x.*Check .*base_path/);
});

test("a kernel that does not answer is busy or gone, and asked again", () => {
  const { retry, text } = verdict([unanswered(COMM)]);
  assert.equal(retry, "normal");
  assert.match(text, /^The kernel does not answer.*busy.*Trying again.*run the cell/);
  assert.doesNotMatch(text, /undefined|ws:|\bto \./);
});

test("where nobody answers, each way is accounted for, and what to do is said once", () => {
  const { retry, state, text } = verdict([unreached(DIRECT), unanswered(OWN), unanswered(COMM)]);
  assert.deepEqual([retry, state], ["normal", "reconnecting"]);
  assert.match(text, /^No connection to ws:.*No answer from wss:.*The kernel does not answer.*run the cell/);
  assert.equal(text.split("run the cell").length, 2);
});

test("what a server said counts for more than that nobody was there, and is still tried again", () => {
  for (const failures of [
    [unreached(DIRECT), refusedWith(OWN, 4404, "no stream 'x'"), unanswered(COMM)],
    [refusedWith(DIRECT, 4404, "no stream 'x'"), unreached(OWN), unanswered(COMM)],
  ]) {
    const { retry, state, text } = verdict(failures);
    assert.deepEqual([retry, state], ["normal", "reconnecting"]);
    assert.match(text, /^Not found: no stream 'x'. Check its name/);
    assert.match(text, /No connection to .*The kernel does not answer/);
  }
});

test("the last of several refusals is told first", () => {
  const { text } = verdict([refusedWith(DIRECT, 4404), refusedWith(OWN, 4401)]);
  assert.match(text, /^Not authorised.*Not found/);
});

test("when every way says no, that is final", () => {
  const { retry, state } = verdict([refusedWith(DIRECT, 4401), refusedWith(OWN, 4404), refusedWith(COMM, 4404)]);
  assert.deepEqual([retry, state], ["no", "error"]);
});

test("what the hub itself says by the kernel's channel is final, though its port was not reached", () => {
  const { retry, state, text } = verdict([unreached(DIRECT), refusedWith(COMM, 4401, "the token is wrong")]);
  assert.deepEqual([retry, state], ["no", "error"]);
  assert.match(text, /token is wrong/);
});

test("a server that is full is asked slowly, even if another way is quick to fail", () => {
  const { retry, state, text } = verdict([unreached(OWN), refusedWith(COMM, 4429)]);
  assert.deepEqual([retry, state], ["slow", "reconnecting"]);
  assert.match(text, /as many viewers/);
});

test("a browser that does not let a page open an address says which ones it lets", () => {
  const failure = forbidden(DIRECT, new DOMException("insecure from https", "SecurityError"));
  const { retry, state, text } = verdict([failure]);
  assert.deepEqual([retry, state], ["no", "error"]);
  assert.match(text, /ws:\/\/127.*https.*encrypted.*base_path.*wss:.*insecure from https/);
  assert.match(verdict([failure, unanswered(COMM)]).text, /ws:\/\/127.*encrypted.*does not answer/);
  assert.equal(verdict([failure, unanswered(COMM)]).retry, "normal");
});

test("an address that is none is said to be so, with what one looks like", () => {
  const { retry, text } = verdict([forbidden({ rung: "direct", url: "nonsense://x" }, new SyntaxError("bad scheme"))]);
  assert.equal(retry, "no");
  assert.match(text, /nonsense:\/\/x is not an address.*ws:\/\/host:port\/stream.*bad scheme/);
});

const STATUSES: readonly [status: number | undefined, expected: RegExp][] = [
  [200, /proxy.*let it pass the Upgrade/],
  [undefined, /does not answer; is it running.*online/],
  [0, /reload the page and sign in/],
  [401, /reload the page and sign in/],
  [403, /reload the page and sign in/],
  [404, /404.*install marimo-rfb.*jupyter-server-proxy.*start/],
  [502, /502.*kernel running/],
];

for (const [status, expected] of STATUSES) {
  test(`a page's own server that answers ${status} gets a sentence with what to do`, () => {
    assert.match(swallowed(status), expected);
  });
}

test("the way that carries the pictures is named, with what became of the better ones", () => {
  assert.equal(whyThisWay(DIRECT, []), "Directly to the kernel's port.");
  assert.match(whyThisWay(OWN, [unreached(DIRECT)]), /^Through the notebook's own server\. No connection to ws:/);
  const brief = swallowed(200);
  assert.match(
    whyThisWay(COMM, [unreached(DIRECT), { ...unreached(OWN), brief }]),
    /slow.*No connection to ws:.*proxy.*Upgrade/,
  );
});

test("versions that differ are to be mended though another way brings the pictures, and nothing else is", () => {
  const skew = refusedWith(OWN, 4426, "the kernel has marimo-rfb 1.1, and marimo's server has 1.0");
  assert.match(
    remedyBeside([unreached(DIRECT), skew]),
    /kernel has marimo-rfb 1\.1.*server has 1\.0\. Start marimo again/,
  );
  assert.equal(remedyBeside([unreached(DIRECT), refusedWith(OWN, 4404), unanswered(COMM)]), "");
});

test("where the page's own server is no way, the kernel's channel tells how it becomes one", () => {
  assert.match(whyThisWay(COMM, [unreached(DIRECT)]), /install marimo-rfb/);
  assert.doesNotMatch(whyThisWay(COMM, [unreached(DIRECT), unreached(OWN)]), /install marimo-rfb/);
  assert.doesNotMatch(whyThisWay(OWN, []), /install marimo-rfb/);
});

test("where a page is in no plain browser, what helps there is said in the place of what helps elsewhere", () => {
  const comm: Way = { ...COMM, advice: { better: "Forward the port.", remedy: "Open it in a browser." } };
  assert.match(whyThisWay(comm, [unreached(DIRECT)]), /No connection to ws.* Forward the port\.$/);
  assert.match(verdict([unanswered(comm)]).text, /does not answer.* Open it in a browser\.$/);
  const { text } = verdict([unreached(DIRECT), unanswered(comm)]);
  assert.match(text, /No connection.*does not answer.* Open it in a browser\.$/);
  assert.doesNotMatch(text, /jupyter-server-proxy|Trying again/);
});
