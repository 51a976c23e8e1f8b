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

test("an unreachable address is named with a remedy and retried", () => {
  const { retry, state, text } = overallReason([unreachable(DIRECT)]);
  assert.deepEqual([retry, state], ["normal", "reconnecting"]);
  assert.match(text, /ws:\/\/127\.0\.0\.1:9\/x.*Run the cell.*host="auto".*base_path/);
});

test("an unreachable path through the page's own server is named with a remedy", () => {
  assert.match(overallReason([unreachable(OWN)]).text, /wss:\/\/lab\.example\/rfb\/0\/x.*Check .*base_path/);
});

test("a kernel that does not answer is busy or stopped, and is retried", () => {
  const { retry, text } = overallReason([noAnswerYet(COMM)]);
  assert.equal(retry, "normal");
  assert.match(text, /^The kernel does not answer.*busy.*Retrying.*run the cell/);
  assert.doesNotMatch(text, /undefined|ws:|\bto \./);
});

test("without any answer the text names each candidate and one remedy", () => {
  const { retry, state, text } = overallReason([unreachable(DIRECT), noAnswerYet(OWN), noAnswerYet(COMM)]);
  assert.deepEqual([retry, state], ["normal", "reconnecting"]);
  assert.match(text, /^No connection to ws:.*No answer from wss:.*The kernel does not answer.*run the cell/);
  assert.equal(text.split("run the cell").length, 2);
});

test("a server's answer outweighs a missing one, and is retried", () => {
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

test("rejection by every candidate is final", () => {
  const { retry, state } = overallReason([
    rejectedWith(DIRECT, 4401),
    rejectedWith(OWN, 4404),
    rejectedWith(COMM, 4404),
  ]);
  assert.deepEqual([retry, state], ["no", "error"]);
});

test("a rejection over the kernel's comm is final, even if the port was unreachable", () => {
  const { retry, state, text } = overallReason([unreachable(DIRECT), rejectedWith(COMM, 4401, "the token is wrong")]);
  assert.deepEqual([retry, state], ["no", "error"]);
  assert.match(text, /token is wrong/);
});

test("a full server is retried slowly, even if another candidate fails fast", () => {
  const { retry, state, text } = overallReason([unreachable(OWN), rejectedWith(COMM, 4429)]);
  assert.deepEqual([retry, state], ["slow", "reconnecting"]);
  assert.match(text, /maximum number of viewers/);
});

test("for a blocked address the text names allowed ones", () => {
  const failure = blockedByBrowser(DIRECT, new DOMException("insecure from https", "SecurityError"));
  const { retry, state, text } = overallReason([failure]);
  assert.deepEqual([retry, state], ["no", "error"]);
  assert.match(text, /ws:\/\/127.*https.*encrypted.*base_path.*wss:.*insecure from https/);
  assert.match(overallReason([failure, noAnswerYet(COMM)]).text, /ws:\/\/127.*encrypted.*does not answer/);
  assert.equal(overallReason([failure, noAnswerYet(COMM)]).retry, "normal");
});

test("for an invalid address the text shows a valid form", () => {
  const { retry, text } = overallReason([
    blockedByBrowser({ kind: "direct", url: "nonsense://x" }, new SyntaxError("bad scheme")),
  ]);
  assert.equal(retry, "no");
  assert.match(text, /nonsense:\/\/x is not a WebSocket address.*ws:\/\/host:port\/stream.*bad scheme/);
});

const STATUSES: readonly [status: number | undefined, expected: RegExp][] = [
  [200, /a proxy blocks WebSockets\. Make the proxy forward the Upgrade/],
  [undefined, /does not answer\. Check that it is running.*online/],
  [0, /^Your session has expired\. Reload the page and sign in/],
  [401, /^Your session has expired\. Reload the page and sign in/],
  [403, /^Your session has expired\. Reload the page and sign in/],
  [
    404,
    /HTTP 404\)\. In marimo, install marimo-rfb .*\. In Jupyter, install jupyter-server-proxy .*restart that server\.$/,
  ],
  [502, /HTTP 502.*kernel is running/],
];

for (const [status, expected] of STATUSES) {
  test(`status ${status} from the page's own server is explained with a remedy`, () => {
    assert.match(explainProbeStatus(status), expected);
  });
}

test("the text names the transport and why better ones failed", () => {
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

test("only a version mismatch has a remedy while another transport works", () => {
  const skew = rejectedWith(OWN, 4426, "the kernel has marimo-rfb 1.1, and marimo's server has 1.0");
  assert.match(
    remedyWhileConnected([unreachable(DIRECT), skew]),
    /kernel has marimo-rfb 1\.1.*server has 1\.0\. Start marimo again/,
  );
  assert.equal(remedyWhileConnected([unreachable(DIRECT), rejectedWith(OWN, 4404), noAnswerYet(COMM)]), "");
});

test("on the kernel's comm, the text has how to connect through the page's own server", () => {
  assert.match(explainTransport(COMM, [unreachable(DIRECT)]), /install marimo-rfb/);
  assert.doesNotMatch(explainTransport(COMM, [unreachable(DIRECT), unreachable(OWN)]), /install marimo-rfb/);
  assert.doesNotMatch(explainTransport(OWN, []), /install marimo-rfb/);
});

test("outside a plain browser, its own advice replaces the general one", () => {
  const comm: TransportCandidate = {
    ...COMM,
    advice: { better: "Forward the port.", remedy: "Open it in a browser." },
  };
  assert.match(explainTransport(comm, [unreachable(DIRECT)]), /No connection to ws.* Forward the port\.$/);
  assert.match(overallReason([noAnswerYet(comm)]).text, /does not answer.* Open it in a browser\.$/);
  const { text } = overallReason([unreachable(DIRECT), noAnswerYet(comm)]);
  assert.match(text, /No connection.*does not answer.* Open it in a browser\.$/);
  assert.doesNotMatch(text, /jupyter-server-proxy|Retrying/);
});
