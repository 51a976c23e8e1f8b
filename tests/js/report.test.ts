import assert from "node:assert/strict";
import test from "node:test";
import type { Model } from "../../js/src/model.ts";
import { Report } from "../../js/src/report.ts";

function makeReport() {
  const sent: unknown[] = [];
  const model = { send: (message: unknown) => sent.push(message) } as unknown as Model;
  return { report: new Report(model), sent };
}

test("a state is told once, at once", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { report, sent } = makeReport();
  report.state("open", "");
  report.state("open", "");
  assert.deepEqual(sent, [{ kind: "report", state: "open" }]);
});

test("a loss is told when it lasts", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { report, sent } = makeReport();
  report.state("reconnecting", "gone");
  t.mock.timers.tick(999);
  assert.deepEqual(sent, []);
  t.mock.timers.tick(1);
  assert.deepEqual(sent, [{ kind: "report", state: "reconnecting", last_error: "gone" }]);
});

test("a loss that is made good within the second is not told", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { report, sent } = makeReport();
  report.state("negotiated", "");
  report.state("reconnecting", "gone");
  report.state("negotiated", "");
  t.mock.timers.tick(5000);
  assert.deepEqual(sent, [{ kind: "report", state: "negotiated" }]);
});

test("nothing is told after the end", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { report, sent } = makeReport();
  report.state("closed", "");
  report.stop();
  t.mock.timers.tick(5000);
  assert.deepEqual(sent, []);
});
