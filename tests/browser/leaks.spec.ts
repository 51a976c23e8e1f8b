import { ALL_TYPES, LASTING_TYPES, grown, held, takeCensus, takeSettledCensus } from "./support/census.ts";
import { isGone, streamsOf } from "./support/hub.ts";
import { MODES } from "./support/marimo.ts";
import { expectCard, expectCount, expectLive, expectMoving, views } from "./support/screen.ts";
import { expect, test } from "./support/test.ts";

const FRAME = { width: 320, height: 180 };
const NOTEBOOK = "rounds.py";
// Of what there was; a leak adds as much each time.
const MOST_MEMORY = { runs: 1.05, sessions: 1.1 };

// One arena for all threads: which of several grow is chance, and makes as much as a small leak.
test.use({ environment: { MALLOC_ARENA_MAX: "1" } });

for (const mode of MODES) {
  test(`in marimo ${mode}, a cell that ran 100 times more holds what it held before`, async ({
    page,
    open,
    sockets,
  }) => {
    test.slow();
    const notebook = await open(NOTEBOOK, { mode });
    await expectLive(page, 3);
    const runTo = async (rounds: number): Promise<void> => {
      await notebook.runTo(rounds);
      await expectCount(views(page).first(), FRAME, rounds);
    };
    await runTo(20);
    const before = await takeSettledCensus(notebook, LASTING_TYPES);
    const streams = await streamsOf(notebook.hub);

    await runTo(120);
    await expect
      .poll(async () => held(await takeCensus(notebook), notebook, LASTING_TYPES))
      .toEqual(held(before, notebook, LASTING_TYPES));
    expect(await streamsOf(notebook.hub)).toEqual(streams);
    expect(streams.map(({ viewers }) => viewers)).toEqual([1, 1, 1]);
    expect(sockets.urls).toHaveLength(3);
    const after = await takeCensus(notebook);
    expect(after.resident_kib, grown(before, after)).toBeLessThan(before.resident_kib * MOST_MEMORY.runs);
    for (const view of await views(page).all()) await expectCard(view, FRAME);
    await expectMoving(views(page).nth(1), FRAME);
  });
}

test("a task that follows the events ends when its cell runs again", async ({ page, open }) => {
  const notebook = await open(NOTEBOOK, { query: { follow: "yes" } });
  await expectLive(page, 3);
  const before = await takeSettledCensus(notebook, LASTING_TYPES);
  notebook.wish({ rounds: 20 });
  await expect.poll(() => notebook.facts("ran").at(-1)).toBe(20);
  await expectCount(views(page).first(), FRAME, 20);
  await views(page).first().locator("canvas").click();
  const presses = (): unknown[] => notebook.facts("followed").filter((type) => type === "pointer_down");
  await expect.poll(() => presses().length).toBeGreaterThan(0);
  await expect
    .poll(async () => held(await takeCensus(notebook), notebook, LASTING_TYPES))
    .toEqual(held(before, notebook, LASTING_TYPES));
  expect(presses()).toHaveLength(1);
});

test("30 sessions of an app that came and went leave nothing behind", async ({ page, open }) => {
  test.setTimeout(480_000);
  let notebook = await open(NOTEBOOK);
  const comeAndGo = async (times: number): Promise<void> => {
    for (let time = 0; time < times; time++) {
      notebook = await open(NOTEBOOK);
      await expectLive(page, 3);
    }
    await page.goto("about:blank");
    // The server goes with the last stream.
    await expect.poll(() => isGone(notebook.hub)).toBe(true);
  };
  await comeAndGo(5);
  const before = await takeSettledCensus(notebook, ALL_TYPES);

  await comeAndGo(30);
  await expect
    .poll(async () => held(await takeCensus(notebook), notebook, ALL_TYPES))
    .toEqual(held(before, notebook, ALL_TYPES));
  const after = await takeCensus(notebook);
  expect(after.resident_kib, grown(before, after)).toBeLessThan(before.resident_kib * MOST_MEMORY.sessions);
});
