import assert from "node:assert/strict";
import test from "node:test";
import { closeReason } from "../../../js/src/flow/close_reason.ts";
import type { TransportFailure } from "../../../js/src/flow/transport_diagnostics.ts";
import {
  blockedByBrowser,
  explainProbeStatus,
  explainTransport,
  noAnswerYet,
  overallReason,
  rejected,
  remedyWhileConnected,
  unreachable,
} from "../../../js/src/flow/transport_diagnostics.ts";
import type { TransportCandidate } from "../../../js/src/wire/worker_messages.ts";

const DIRECT: TransportCandidate = { kind: "direct", url: "ws://127.0.0.1:9/x" };
const OWN: TransportCandidate = { kind: "same-origin", url: "wss://lab.example/rfb/0/x" };
const COMM: TransportCandidate = { kind: "comm", url: "" };

function rejectedWith(candidate: TransportCandidate, code: number, detail = ""): TransportFailure {
  return rejected(candidate, closeReason(code, detail));
}

test("an address that was never reached is named, with what to do, and tried again", () => {
  const { retry, state, text } = overallReason([unreachable(DIRECT)]);
  assert.deepEqual([retry, state], ["normal", "reconnecting"]);
  assert.match(text, /ws:\/\/127\.0\.0\.1:9\/x.*Run the cell.*host="auto".*base_path/);
});

test("a path through the page's own server that leads nowhere is named, with what to do", () => {
  assert.match(overallReason([unreachable(OWN)]).text, /wss:\/\/lab\.example\/rfb\/0\/x.*Check .*base_path/);
});

test("a kernel that does not answer is busy or gone, and asked again", () => {
  const { retry, text } = overallReason([noAnswerYet(COMM)]);
  assert.equal(retry, "normal");
  assert.match(text, /^The kernel does not answer.*busy.*Trying again.*run the cell/);
  assert.doesNotMatch(text, /undefined|ws:|\bto \./);
});

test("where nobody answers, each candidate is accounted for, and the remedy is there once", () => {
  const { retry, state, text } = overallReason([unreachable(DIRECT), noAnswerYet(OWN), noAnswerYet(COMM)]);
  assert.deepEqual([retry, state], ["normal", "reconnecting"]);
  assert.match(text, /^No connection to ws:.*No answer from wss:.*The kernel does not answer.*run the cell/);
  assert.equal(text.split("run the cell").length, 2);
});

test("the answer of a server counts for more than a missing one, and it is still tried again", () => {
  for (const failures of [
    [unreachable(DIRECT), rejectedWith(OWN, 4404, "no stream 'x'"), noAnswerYet(COMM)],
    [rejectedWith(DIRECT, 4404, "no stream 'x'"), unreachable(OWN), noAnswerYet(COMM)],
  ]) {
    const { retry, state, text } = overallReason(failures);
    assert.deepEqual([retry, state], ["normal", "reconnecting"]);
    assert.match(text, /^Not found: no stream 'x'. Check its name/);
    assert.match(text, /No connection to .*The kernel does not answer/);
  }
});

test("the last of several rejections comes first", () => {
  const { text } = overallReason([rejectedWith(DIRECT, 4404), rejectedWith(OWN, 4401)]);
  assert.match(text, /^Not authorised.*Not found/);
});

test("when every candidate is rejected, that is final", () => {
  const { retry, state } = overallReason([
    rejectedWith(DIRECT, 4401),
    rejectedWith(OWN, 4404),
    rejectedWith(COMM, 4404),
  ]);
  assert.deepEqual([retry, state], ["no", "error"]);
});

test("a rejection by the hub itself over the kernel's comm is final, though its port was not reached", () => {
  const { retry, state, text } = overallReason([unreachable(DIRECT), rejectedWith(COMM, 4401, "the token is wrong")]);
  assert.deepEqual([retry, state], ["no", "error"]);
  assert.match(text, /token is wrong/);
});

test("a server that is full is asked slowly, even if another candidate is quick to fail", () => {
  const { retry, state, text } = overallReason([unreachable(OWN), rejectedWith(COMM, 4429)]);
  assert.deepEqual([retry, state], ["slow", "reconnecting"]);
  assert.match(text, /as many viewers/);
});

test("for an address that the browser blocks the text names those that it allows", () => {
  const failure = blockedByBrowser(DIRECT, new DOMException("insecure from https", "SecurityError"));
  const { retry, state, text } = overallReason([failure]);
  assert.deepEqual([retry, state], ["no", "error"]);
  assert.match(text, /ws:\/\/127.*https.*encrypted.*base_path.*wss:.*insecure from https/);
  assert.match(overallReason([failure, noAnswerYet(COMM)]).text, /ws:\/\/127.*encrypted.*does not answer/);
  assert.equal(overallReason([failure, noAnswerYet(COMM)]).retry, "normal");
});

test("for an invalid address the text has what a valid one looks like", () => {
  const { retry, text } = overallReason([
    blockedByBrowser({ kind: "direct", url: "nonsense://x" }, new SyntaxError("bad scheme")),
  ]);
  assert.equal(retry, "no");
  assert.match(text, /nonsense:\/\/x is not an address.*ws:\/\/host:port\/stream.*bad scheme/);
});

const STATUSES: readonly [status: number | undefined, expected: RegExp][] = [
  [200, /a proxy blocks WebSockets\. Make the proxy forward the Upgrade/],
  [undefined, /does not answer; is it running.*online/],
  [0, /^Your session has expired; reload the page and sign in/],
  [401, /^Your session has expired; reload the page and sign in/],
  [403, /^Your session has expired; reload the page and sign in/],
  [
    404,
    /status 404\)\. In marimo, install marimo-rfb .*\. In Jupyter, install jupyter-server-proxy .*restart that server\.$/,
  ],
  [502, /502.*kernel running/],
];

for (const [status, expected] of STATUSES) {
  test(`a page's own server that answers ${status} gets a sentence with what to do`, () => {
    assert.match(explainProbeStatus(status), expected);
  });
}

test("the transport in use is named, with why the better ones failed", () => {
  assert.equal(explainTransport(DIRECT, []), "Directly from the kernel's port.");
  assert.match(
    explainTransport(OWN, [unreachable(DIRECT)]),
    /^Through the notebook's own server\. No connection to ws:/,
  );
  const brief = explainProbeStatus(200);
  assert.match(
    explainTransport(COMM, [unreachable(DIRECT), { ...unreachable(OWN), brief }]),
    /slow.*No connection to ws:.*proxy.*Upgrade/,
  );
});

test("versions that differ are to be fixed though another transport brings the pictures, and nothing else is", () => {
  const skew = rejectedWith(OWN, 4426, "the kernel has marimo-rfb 1.1, and marimo's server has 1.0");
  assert.match(
    remedyWhileConnected([unreachable(DIRECT), skew]),
    /kernel has marimo-rfb 1\.1.*server has 1\.0\. Start marimo again/,
  );
  assert.equal(remedyWhileConnected([unreachable(DIRECT), rejectedWith(OWN, 4404), noAnswerYet(COMM)]), "");
});

test("where the page's own server is no candidate, the text for the kernel's comm has how it becomes one", () => {
  assert.match(explainTransport(COMM, [unreachable(DIRECT)]), /install marimo-rfb/);
  assert.doesNotMatch(explainTransport(COMM, [unreachable(DIRECT), unreachable(OWN)]), /install marimo-rfb/);
  assert.doesNotMatch(explainTransport(OWN, []), /install marimo-rfb/);
});

test("where a page is in no plain browser, what helps there replaces what helps elsewhere", () => {
  const comm: TransportCandidate = {
    ...COMM,
    advice: { better: "Forward the port.", remedy: "Open it in a browser." },
  };
  assert.match(explainTransport(comm, [unreachable(DIRECT)]), /No connection to ws.* Forward the port\.$/);
  assert.match(overallReason([noAnswerYet(comm)]).text, /does not answer.* Open it in a browser\.$/);
  const { text } = overallReason([unreachable(DIRECT), noAnswerYet(comm)]);
  assert.match(text, /No connection.*does not answer.* Open it in a browser\.$/);
  assert.doesNotMatch(text, /jupyter-server-proxy|Trying again/);
});
