import assert from "node:assert/strict";
import test from "node:test";
import type { Choices } from "../../../js/src/host/settings.ts";
import { Settings } from "../../../js/src/host/settings.ts";
import { Traits } from "../../../js/src/host/traits.ts";
import { StubModel } from "../helpers.ts";

function settingsOf(values: Record<string, unknown> = {}) {
  const model = new StubModel(values);
  const reports: Choices[] = [];
  const settings = new Settings(new Traits(model), (choices) => reports.push(choices), new AbortController().signal);
  return { model, reports, settings };
}

test("earlier settings are applied and not reported back", () => {
  const sent = { paused: [1, true], codec: [2, "image/png"], region: [3, [1, 2, 3, 4]] };
  const { settings, reports } = settingsOf({ settings: sent });
  assert.equal(settings.paused.value, true);
  assert.equal(settings.wantedCodec.value, "image/png");
  assert.deepEqual(settings.goal.value, { region: { x: 1, y: 2, width: 3, height: 4 } });
  assert.deepEqual(reports, []);
});

test("the user's choices are reported", () => {
  const { settings, reports } = settingsOf();
  settings.paused.value = true;
  settings.wantedCodec.value = "image/webp";
  settings.reportVisible({ region: { x: 0, y: 0, width: 8, height: 6 }, zoom: 1 });
  assert.deepEqual(reports, [
    { paused: true },
    { codec: "image/webp" },
    { seen: { region: { x: 0, y: 0, width: 8, height: 6 }, zoom: 1 } },
  ]);
});

test("a setting is applied once: a later one does not redo what the user undid", async () => {
  const { model, settings } = settingsOf({ settings: { paused: [1, true] } });
  settings.paused.value = false;
  model.set("settings", { paused: [1, true], codec: [2, "image/png"] });
  await Promise.resolve();
  assert.equal(settings.paused.value, false);
  model.set("settings", { paused: [3, true], codec: [2, "image/png"] });
  await Promise.resolve();
  assert.equal(settings.paused.value, true);
});

test("the whole picture and a zoom are goals too", async () => {
  const { model, settings } = settingsOf({ settings: { region: [1, null] } });
  assert.deepEqual(settings.goal.value, { region: undefined });
  model.set("settings", { region: [1, null], zoom: [2, 3] });
  await Promise.resolve();
  assert.deepEqual(settings.goal.value, { zoom: 3 });
});

test("the user's fit and size last until Python sets them", async () => {
  const { model, settings } = settingsOf({ fit: "cover", height: 300 });
  assert.equal(settings.fit.value, "cover");
  settings.fit.value = "fill";
  settings.manualSize.value = { width: undefined, height: 200 };
  model.set("fit", "contain");
  model.set("height", 400);
  await Promise.resolve();
  assert.equal(settings.fit.value, "contain");
  assert.equal(settings.manualSize.value, undefined);
});

test("in a reloaded page the later of region and zoom applies", () => {
  const region = { region: { x: 1, y: 2, width: 3, height: 4 } };
  assert.deepEqual(settingsOf({ settings: { region: [5, [1, 2, 3, 4]], zoom: [2, 2] } }).settings.goal.value, region);
  assert.deepEqual(settingsOf({ settings: { region: [2, [1, 2, 3, 4]], zoom: [5, 2] } }).settings.goal.value, {
    zoom: 2,
  });
});
