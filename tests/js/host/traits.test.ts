import assert from "node:assert/strict";
import test from "node:test";
import { Traits } from "../../../js/src/host/traits.ts";
import { DEFAULT_TOOLS } from "../../../js/src/wire/constants.ts";
import { StubModel, golden } from "../helpers.ts";

test("a trait that is missing or of the wrong type has its default", () => {
  const traits = new Traits(new StubModel({ port: "8000", fit: "zoom", interactive: "yes", height: null }));
  assert.deepEqual(traits.address, {
    url: "",
    basePath: "",
    host: "127.0.0.1",
    port: 0,
    stream: "default",
    hub: "",
    autoTransport: false,
  });
  assert.deepEqual([traits.fit, traits.height, traits.interactive], ["contain", 480, true]);
});

test("the height is never 0", () => {
  for (const height of [0, -5, NaN]) assert.equal(new Traits(new StubModel({ height })).height, 480);
});

test("without alt the stream's name describes the picture", () => {
  assert.equal(new Traits(new StubModel({ stream: "cam" })).alt, "Live picture of stream cam");
  assert.equal(new Traits(new StubModel({ stream: "cam", alt: "A door" })).alt, "A door");
});

test("without chrome there is no status", () => {
  assert.equal(new Traits(new StubModel({ chrome: false, show_status: true })).showsStatus, false);
  assert.equal(new Traits(new StubModel({ chrome: true, show_status: false })).showsStatus, false);
  assert.equal(new Traits(new StubModel({})).showsStatus, true);
});

test("a poster's bytes are unwrapped from any buffer type", () => {
  const { buffer } = new Uint8Array([0, 1, 2, 3, 4]);
  const whole = new Uint8Array(buffer);
  const cases: [unknown, number[] | undefined][] = [
    [new DataView(buffer, 1, 3), [1, 2, 3]],
    [new Uint8Array(buffer, 2, 2), [2, 3]],
    [buffer, [...whole]],
    [new DataView(buffer, 1, 0), undefined],
    [new ArrayBuffer(0), undefined],
    [undefined, undefined],
    [null, undefined],
    ["AAEC", undefined],
    [{}, undefined],
  ];
  for (const [value, expected] of cases) {
    const { poster } = new Traits(new StubModel({ poster: value }));
    assert.deepEqual(poster && [...poster], expected);
  }
});

test("last_event is synced only if Python requests it", () => {
  for (const value of [undefined, false, 1]) {
    assert.equal(new Traits(new StubModel({ sync_last_event: value })).syncsLastEvent, false);
  }
  assert.equal(new Traits(new StubModel({ sync_last_event: true })).syncsLastEvent, true);
});

test("simultaneous changes are reported once, and none after the abort", async () => {
  const model = new StubModel();
  const ending = new AbortController();
  let calls = 0;
  new Traits(model).onChange(["host", "port"], () => (calls += 1), ending.signal);
  model.set("host", "auto");
  model.set("port", 1);
  await Promise.resolve();
  assert.equal(calls, 1);
  model.set("port", 2);
  ending.abort();
  model.set("port", 3);
  await Promise.resolve();
  assert.equal(calls, 1);
});

test("the default toolbar has Python's tools, in their order", () => {
  assert.deepEqual(DEFAULT_TOOLS, golden<string[]>("tools.json"));
});

test("a toolbar has the tools that Python lists, without unknown ones", () => {
  const { tools } = new Traits(new StubModel({ toolbar: ["hud", "polish", "pan", "play"] }));
  assert.deepEqual(tools, ["hud", "pan", "play"]);
  assert.deepEqual(new Traits(new StubModel({ show_toolbar: false })).tools, []);
  assert.deepEqual(new Traits(new StubModel({ chrome: false })).tools, []);
  assert.deepEqual(new Traits(new StubModel({})).tools, DEFAULT_TOOLS);
});
