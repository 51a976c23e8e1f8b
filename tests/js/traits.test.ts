import assert from "node:assert/strict";
import test from "node:test";
import { Traits } from "../../js/src/traits.ts";

/** A model that holds values and tells of changes at once, like anywidget's. */
class StubModel {
  readonly #values: Record<string, unknown>;
  readonly #listeners = new Map<string, Set<() => void>>();

  constructor(values: Record<string, unknown> = {}) {
    this.#values = values;
  }

  get(name: string): unknown {
    return this.#values[name];
  }

  set(name: string, value: unknown): void {
    this.#values[name] = value;
    for (const callback of this.#listeners.get(`change:${name}`) ?? []) callback();
  }

  on(name: string, callback: () => void): void {
    this.#listeners.set(name, (this.#listeners.get(name) ?? new Set()).add(callback));
  }

  off(name: string, callback: () => void): void {
    this.#listeners.get(name)?.delete(callback);
  }

  send(): void {}
}

test("a missing trait, or one of the wrong type, has its default", () => {
  const traits = new Traits(new StubModel({ port: "8000", fit: "zoom", interactive: "yes", height: null }));
  assert.deepEqual(traits.address, { url: "", basePath: "", host: "127.0.0.1", port: 0, stream: "default" });
  assert.deepEqual([traits.fit, traits.height, traits.interactive], ["contain", 480, true]);
});

test("the height is never 0", () => {
  for (const height of [0, -5, NaN]) assert.equal(new Traits(new StubModel({ height })).height, 480);
});

test("without alt the stream's name describes the picture", () => {
  assert.equal(new Traits(new StubModel({ stream: "cam" })).alt, "Live picture of stream cam");
  assert.equal(new Traits(new StubModel({ stream: "cam", alt: "A door" })).alt, "A door");
});

test("a bare canvas has no status", () => {
  assert.equal(new Traits(new StubModel({ chrome: false, show_status: true })).showsStatus, false);
  assert.equal(new Traits(new StubModel({ chrome: true, show_status: false })).showsStatus, false);
  assert.equal(new Traits(new StubModel({})).showsStatus, true);
});

test("changes at the same time are told once, and none after the end", async () => {
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
