import assert from "node:assert/strict";
import test from "node:test";
import { WHOLE } from "../../../js/src/flow/view_transform.ts";
import { Traits } from "../../../js/src/host/traits.ts";
import { LinkedViews } from "../../../js/src/view/linked_views.ts";
import { SharedTransform } from "../../../js/src/view/shared_transform.ts";
import { StubModel } from "../helpers.ts";

const TWICE = { zoom: 2, x: 0.5, y: 0.5 };
const THRICE = { zoom: 3, x: 0.4, y: 0.6 };

// The registry is stored on the window.
Object.assign(globalThis, { window: globalThis });

/** A view with this name; `zooms` records the transforms that it was notified of. */
function makeView(linked: string, sharedTransform = new SharedTransform(() => undefined)) {
  const model = new StubModel({ linked });
  const removal = new AbortController();
  const zooms: number[] = [];
  sharedTransform.follow(({ zoom }) => zooms.push(zoom), removal.signal);
  new LinkedViews(sharedTransform, new Traits(model), removal.signal);
  return { sharedTransform, model, zooms, remove: () => removal.abort() };
}

/** Traits report changes in a microtask. */
async function settled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

test("views with the same name share a transform, others do not", () => {
  const [a, b, other, alone] = [makeView("one"), makeView("one"), makeView("two"), makeView("")];
  a.sharedTransform.set(TWICE, false);
  assert.deepEqual(b.sharedTransform.transform, TWICE);
  b.sharedTransform.set(THRICE, true);
  assert.deepEqual(a.sharedTransform.transform, THRICE);
  assert.deepEqual([other.sharedTransform.transform, alone.sharedTransform.transform], [WHOLE, WHOLE]);
  for (const view of [a, b, other, alone]) view.remove();
});

test("each change notifies each view once, without an echo", () => {
  const views = [makeView("one"), makeView("one"), makeView("one")];
  views[1]?.sharedTransform.set(TWICE, false);
  views[2]?.sharedTransform.set(THRICE, false);
  assert.deepEqual(
    views.map(({ zooms }) => zooms),
    [
      [2, 3],
      [2, 3],
      [2, 3],
    ],
  );
  for (const view of views) view.remove();
});

test("two views of one link notify the group once", () => {
  const first = makeView("one");
  const second = makeView("one", first.sharedTransform);
  const other = makeView("one");
  first.sharedTransform.set(TWICE, false);
  assert.deepEqual(other.zooms, [2]);
  first.remove();
  other.sharedTransform.set(THRICE, false);
  assert.deepEqual(second.sharedTransform.transform, THRICE);
  second.remove();
  other.remove();
});

test("a new member adopts the group's transform, and an empty group is removed", () => {
  const first = makeView("one");
  first.sharedTransform.set(TWICE, false);
  const second = makeView("one");
  assert.deepEqual(second.sharedTransform.transform, TWICE);
  first.remove();
  second.sharedTransform.set(THRICE, false);
  assert.deepEqual(first.sharedTransform.transform, TWICE);
  second.remove();
  assert.deepEqual(makeView("one").sharedTransform.transform, WHOLE);
});

test("views join and leave live", async () => {
  const [a, b] = [makeView("a name"), makeView("")];
  a.sharedTransform.set(TWICE, false);
  b.model.set("linked", "a name");
  await settled();
  assert.deepEqual(b.sharedTransform.transform, TWICE);
  b.model.set("linked", "");
  await settled();
  b.sharedTransform.set(THRICE, false);
  assert.deepEqual(a.sharedTransform.transform, TWICE);
  a.sharedTransform.set(WHOLE, false);
  assert.deepEqual(b.sharedTransform.transform, THRICE);
  a.remove();
  b.remove();
});

test("another instance of the module shares the transform too, because hosts load one per widget", async () => {
  const other = "../../../js/src/view/linked_views.ts?other";
  const again = (await import(other)) as typeof import("../../../js/src/view/linked_views.ts");
  assert.notEqual(again.LinkedViews, LinkedViews);
  const a = makeView("one");
  const sharedTransform = new SharedTransform(() => undefined);
  const removal = new AbortController();
  new again.LinkedViews(sharedTransform, new Traits(new StubModel({ linked: "one" })), removal.signal);
  sharedTransform.set(THRICE, false);
  assert.deepEqual(a.sharedTransform.transform, THRICE);
  a.remove();
  removal.abort();
});
