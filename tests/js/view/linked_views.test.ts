import assert from "node:assert/strict";
import test from "node:test";
import { WHOLE } from "../../../js/src/flow/view_transform.ts";
import { Traits } from "../../../js/src/host/traits.ts";
import { LinkedViews } from "../../../js/src/view/linked_views.ts";
import { SharedTransform } from "../../../js/src/view/shared_transform.ts";
import { StubModel } from "../helpers.ts";

const TWICE = { zoom: 2, x: 0.5, y: 0.5 };
const THRICE = { zoom: 3, x: 0.4, y: 0.6 };

// The registry belongs to the page.
Object.assign(globalThis, { window: globalThis });

/** A view with this name; `looks` are the lenses that it was shown under. */
function makeView(linked: string, sharedTransform = new SharedTransform(() => undefined)) {
  const model = new StubModel({ linked });
  const removal = new AbortController();
  const looks: number[] = [];
  sharedTransform.follow(({ zoom }) => looks.push(zoom), removal.signal);
  new LinkedViews(sharedTransform, new Traits(model), removal.signal);
  return { sharedTransform, model, looks, remove: () => removal.abort() };
}

/** Traits report changes together, when the present work is done. */
async function settled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

test("views with one name share one transform, those with another or none do not", () => {
  const [a, b, other, alone] = [makeView("one"), makeView("one"), makeView("two"), makeView("")];
  a.sharedTransform.set(TWICE, false);
  assert.deepEqual(b.sharedTransform.transform, TWICE);
  b.sharedTransform.set(THRICE, true);
  assert.deepEqual(a.sharedTransform.transform, THRICE);
  assert.deepEqual([other.sharedTransform.transform, alone.sharedTransform.transform], [WHOLE, WHOLE]);
  for (const view of [a, b, other, alone]) view.remove();
});

test("each step reaches each view once: nothing goes round", () => {
  const views = [makeView("one"), makeView("one"), makeView("one")];
  views[1]?.sharedTransform.set(TWICE, false);
  views[2]?.sharedTransform.set(THRICE, false);
  assert.deepEqual(
    views.map(({ looks }) => looks),
    [
      [2, 3],
      [2, 3],
      [2, 3],
    ],
  );
  for (const view of views) view.remove();
});

test("two views of one link are one that looks", () => {
  const first = makeView("one");
  const second = makeView("one", first.sharedTransform);
  const other = makeView("one");
  first.sharedTransform.set(TWICE, false);
  assert.deepEqual(other.looks, [2]);
  first.remove();
  other.sharedTransform.set(THRICE, false);
  assert.deepEqual(second.sharedTransform.transform, THRICE);
  second.remove();
  other.remove();
});

test("whoever joins takes the transform of the group, and when all are gone it is gone", () => {
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

test("another instance of the module shares the transform too, as hosts load it once for each widget", async () => {
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
