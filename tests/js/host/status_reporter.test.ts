import assert from "node:assert/strict";
import test from "node:test";
import type { Model } from "../../../js/src/host/model.ts";
import { customMessageQueue } from "../../../js/src/host/send_queue.ts";
import { StatusReporter } from "../../../js/src/host/status_reporter.ts";
import type { ConnectionState, LinkState } from "../../../js/src/wire/worker_messages.ts";

function makeReporter() {
  const sent: unknown[] = [];
  const model = { send: (message: unknown) => sent.push(message) } as unknown as Model;
  return { reporter: new StatusReporter(customMessageQueue(model)), sent };
}

function linkState(state: ConnectionState, rest: Partial<LinkState> = {}): LinkState {
  return { state, error: "", transport: undefined, why: "", ...rest };
}

test("a state is reported once, at once", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { reporter, sent } = makeReporter();
  reporter.reportState(linkState("open"));
  reporter.reportState(linkState("open"));
  assert.deepEqual(sent, [{ kind: "report", state: "open" }]);
});

test("a loss is reported after a second", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { reporter, sent } = makeReporter();
  reporter.reportState(linkState("reconnecting", { error: "gone" }));
  t.mock.timers.tick(999);
  assert.deepEqual(sent, []);
  t.mock.timers.tick(1);
  assert.deepEqual(sent, [{ kind: "report", state: "reconnecting", last_error: "gone" }]);
});

test("a loss that recovers within a second is not reported", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { reporter, sent } = makeReporter();
  reporter.reportState(linkState("negotiated"));
  reporter.reportState(linkState("reconnecting", { error: "gone" }));
  reporter.reportState(linkState("negotiated"));
  t.mock.timers.tick(5000);
  assert.deepEqual(sent, [{ kind: "report", state: "negotiated" }]);
});

test("nothing is reported after stop", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { reporter, sent } = makeReporter();
  reporter.reportState(linkState("closed"));
  reporter.stop();
  t.mock.timers.tick(5000);
  assert.deepEqual(sent, []);
});

test("the transport is reported with its reason, and later only changes", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { reporter, sent } = makeReporter();
  reporter.reportState(linkState("negotiated", { transport: "comm", why: "no other way" }));
  reporter.reportState(linkState("negotiated", { transport: "comm", why: "still no other way" }));
  reporter.reportState(linkState("negotiated", { transport: "direct", why: "still no other way" }));
  assert.deepEqual(sent, [
    { kind: "report", state: "negotiated", transport: "comm", why: "no other way" },
    { kind: "report", why: "still no other way" },
    { kind: "report", transport: "direct" },
  ]);
});

test("a lost connection has no transport", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { reporter, sent } = makeReporter();
  reporter.reportState(linkState("negotiated", { transport: "direct" }));
  reporter.reportState(linkState("reconnecting", { error: "gone", why: "gone" }));
  t.mock.timers.tick(1000);
  assert.deepEqual(sent.at(-1), {
    kind: "report",
    state: "reconnecting",
    last_error: "gone",
    transport: "",
    why: "gone",
  });
});
