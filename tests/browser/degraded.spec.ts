import type { Page } from "@playwright/test";
import { join } from "node:path";
import { LASTING_TYPES, grown, held, takeCensus } from "./support/census.ts";
import { Editor } from "./support/editor.ts";
import { isGone, streamsOf } from "./support/hub.ts";
import type { Mode } from "./support/marimo.ts";
import { BROWSER_TESTS } from "./support/process.ts";
import { Look, expectCard, expectLive, views } from "./support/screen.ts";
import type { Notebook, Open } from "./support/test.ts";
import { Sockets, expect, test } from "./support/test.ts";

const FRAME = { width: 320, height: 180 };
const NOTEBOOK = "degraded.py";
const WARNING = "has changed inside";
// As they come in the page.
const PICTURE = 0;
const CLOCK = 1;
const FILM = 2;

// A marimo whose private names are all gone: each run of a cell makes its views anew.
test.use({ environment: { PYTHONPATH: join(BROWSER_TESTS, "python/private_names_gone") } });

/** Wait until a view's card shows a number for which `fits` is true; the view may be exchanged meanwhile. */
async function expectNumber(page: Page, index: number, fits: (count: number) => boolean): Promise<void> {
  await expect(async () => {
    const count = (await Look.at(views(page).nth(index), FRAME)).count();
    expect(count !== undefined && fits(count), `the card shows ${count}`).toBe(true);
  }).toPass();
}

async function expectLevel(page: Page, level: number): Promise<void> {
  await expectNumber(page, PICTURE, (count) => count === level);
  await expectNumber(page, CLOCK, (count) => count >> 4 === level);
  await expectNumber(page, FILM, (count) => count === 100 + level);
}

/** Open the notebook, take the slider from 0 to 5, and press on a picture. */
async function slideAndPress(open: Open, page: Page, mode: Mode): Promise<Notebook> {
  const sockets = new Sockets(page);
  const notebook = await open(NOTEBOOK, { mode });
  await expectLevel(page, 0);
  const warning = page.getByText(WARNING);
  if (mode === "edit")
    await test.step("what has changed is said once, under the first cell that makes a view", () =>
      expect(warning).toHaveCount(1));

  await test.step("pictures follow a slider and leave no old socket behind", async () => {
    for (let level = 1; level <= 5; level++) {
      await page.getByRole("slider").press("ArrowRight");
      await expectLevel(page, level);
      await expect(warning).toHaveCount(0); // what a cell wrote goes when it runs again
    }
    for (const view of await views(page).all()) await expectCard(view, FRAME);
    await expectLive(page, 3);
    await expect.poll(() => sockets.open).toBe(3);
    await expect.poll(async () => (await streamsOf(notebook.hub)).map(({ viewers }) => viewers)).toEqual([1, 1, 1]);
  });

  await test.step("cells hear of a press", async () => {
    const place = { x: 60, y: 50 };
    await views(page).nth(PICTURE).locator("canvas").click({ position: place });
    const press = expect.objectContaining({ type: "pointer_down", button: 1 });
    await expect.poll(() => notebook.facts("value").at(-1)).toEqual(press);
    await expect.poll(() => notebook.facts("pressed").at(-1)).toEqual(press);
    // Once as the cell ran first, once for each view that the slider made anew, and once for the press.
    const all = [null, null, null, null, null, null, press];
    expect(notebook.facts("value")).toEqual(all);
    expect(notebook.facts("pressed")).toEqual(all);
  });
  return notebook;
}

test("in marimo run, pictures go on, cells hear of a press, and the end of a session closes its streams", async ({
  page,
  context,
  open,
  servers,
}) => {
  const notebook = await slideAndPress(open, page, "run");
  const marimo = await servers.get("run", NOTEBOOK);
  const other = await context.newPage();
  await test.step("another session has its own, and what has changed is said once", async () => {
    await other.goto(marimo.url({ facts: "the-other-degraded-session" }));
    await expectLevel(other, 0);
    await other.getByRole("slider").press("ArrowRight");
    await expectLevel(other, 1);
    await expectLevel(page, 5);
    expect(marimo.program.output.split(WARNING)).toHaveLength(2);
  });
  await test.step("the end of a session closes its streams", async () => {
    await other.close();
    await expect.poll(async () => (await streamsOf(notebook.hub)).length).toBe(3);
    await expectLevel(page, 5);
    const { hub } = notebook;
    await page.close();
    await expect.poll(() => isGone(hub)).toBe(true);
  });
});

test("in marimo edit, pictures go on, cells hear of a press, and the streams of a deleted cell are closed", async ({
  page,
  open,
}) => {
  const notebook = await slideAndPress(open, page, "edit");
  await test.step("the streams of a cell that is deleted are closed", async () => {
    const names = async (): Promise<string[]> =>
      (await streamsOf(notebook.hub)).map(({ name }) => name.replace(/~\d+/, "")).toSorted();
    await expect.poll(names).toEqual(["clock", "film", "frame"]);
    const editor = new Editor(page);
    for (const [code, left] of [
      ["rfb.animate(", ["film", "frame"]],
      ["rfb.stream(", ["frame"]],
    ] as const) {
      await editor.delete(await editor.cell(code));
      await expect.poll(names).toEqual(left);
    }
    const { hub } = notebook;
    await editor.delete(await editor.cell("rfb.frame("));
    await expect.poll(() => isGone(hub)).toBe(true);
  });
});

// In an app, whose process outlives its sessions; what makes and closes views is the same in an editor.
test("in marimo run, 50 runs of a cell leave nothing behind", async ({ page, open, sockets }) => {
  test.slow();
  const notebook = await open("rounds.py");
  await expectLive(page, 3);
  const runTo = async (rounds: number): Promise<void> => {
    await notebook.runTo(rounds);
    await expectNumber(page, 0, (count) => count === rounds);
    await expect.poll(() => sockets.open).toBe(3);
    await expect.poll(async () => (await streamsOf(notebook.hub)).length).toBe(3);
  };
  // As many as are counted: what is there at once for a second takes memory that the process keeps.
  await runTo(50);
  const before = await takeCensus(notebook);
  await runTo(100);
  await expect
    .poll(async () => held(await takeCensus(notebook), notebook, LASTING_TYPES))
    .toEqual(held(before, notebook, LASTING_TYPES));
  const after = await takeCensus(notebook);
  expect(after.resident_kib, grown(before, after)).toBeLessThan(before.resident_kib * 1.1);
});

test("tasks that follow the events of views that are gone leave nothing behind", async ({ page, open }) => {
  const notebook = await open("rounds.py", { query: { follow: "yes" } });
  await expectLive(page, 3);
  const before = await takeCensus(notebook);
  notebook.wish({ rounds: 20 });
  await expectNumber(page, 0, (count) => count === 20);
  await expect
    .poll(async () => held(await takeCensus(notebook), notebook, LASTING_TYPES))
    .toEqual(held(before, notebook, LASTING_TYPES));
});
