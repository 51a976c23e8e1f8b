import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Editor } from "./support/editor.ts";
import { MODES } from "./support/marimo.ts";
import { notePaints, paintsBetween } from "./support/paints.ts";
import { BROWSER_TESTS } from "./support/process.ts";
import { expectLive, expectMoving, views } from "./support/screen.ts";
import type { Notebook } from "./support/test.ts";
import { expect, expectOneSocket, expectTimeGoesOn, test } from "./support/test.ts";

const FRAME = { width: 320, height: 180 };

/** The number of the first line of the notebook that has `text`. */
function lineOf(text: string): number {
  const notebook = readFileSync(join(BROWSER_TESTS, "notebooks/animated.py"), "utf8");
  return notebook.split("\n").findIndex((line) => line.includes(text)) + 1;
}

for (const mode of MODES) {
  test(`in marimo ${mode}, an error of an animation is shown with its line until a version is good`, async ({
    page,
    open,
    sockets,
  }) => {
    const notebook = await open("animated.py", { mode });
    await expectLive(page);
    const banner = page.locator(".rfb-banner");
    await page.getByRole("slider").press("End");
    // Of more than 100 kB the beginning, which fits into the view or can be scrolled to.
    await expect(banner).toContainText("ValueError: no higher: 0, 1, 2, 3");
    await expect(banner).toContainText(/ … \(\d+,\d+ more characters\)\n/);
    await banner.scrollIntoViewIfNeeded();
    await expect(banner).toBeInViewport({ ratio: 1 });
    expect(await banner.evaluate(({ scrollHeight, clientHeight }) => scrollHeight > clientHeight)).toBe(true);
    // That of the cell where there are cells, that of the file in an app.
    await expect(banner).toContainText(`moving, line ${mode === "edit" ? 5 : lineOf("raise ValueError")}: raise`);
    await page.getByRole("slider").press("ArrowLeft");
    await expect(banner).toBeHidden();
    await expectMoving(views(page), FRAME);
    if (mode === "edit")
      await test.step("the version of an edit is good", async () => {
        const editor = new Editor(page);
        const cell = await editor.cell("rfb.animate(");
        await editor.replace(cell, "return card(", "return curd(");
        await expect(banner).toContainText("NameError: name 'curd' is not defined");
        await expect(banner).toContainText("moving, line 6: return curd(");
        await editor.replace(cell, "return curd(", "return card(");
        await expect(banner).toBeHidden();
        await expectMoving(views(page), FRAME);
      });
    if (mode === "edit")
      await test.step("what would stop a cell is shown, and the next version is good", async () => {
        const editor = new Editor(page);
        const cell = await editor.cell("rfb.animate(");
        await editor.replace(cell, "return card(", "return mo.stop(t > 0) or card(");
        await expect(banner).toContainText("mo.stop ends the run of a cell");
        await editor.replace(cell, "return mo.stop(t > 0) or card(", "return card(");
        await expect(banner).toBeHidden();
        await expectMoving(views(page), FRAME);
      });
    expectOneSocket(sockets);
    expectTimeGoesOn(notebook);
  });
}

for (const mode of MODES) {
  test(`in marimo ${mode}, an animation goes on while a cell computes`, async ({ page, open }, info) => {
    const notebook = await open("computing.py", { mode });
    await expectLive(page);
    await expectMoving(views(page), FRAME);
    await notePaints(page);
    await page.getByRole("button", { name: "compute" }).click();
    await expect.poll(() => notebook.facts("to_ms")).toHaveLength(1);
    const [from = 0] = notebook.facts<number>("from_ms");
    const [to = 0] = notebook.facts<number>("to_ms");
    const paints = await paintsBetween(page, from, to);
    const gaps = [...paints, to].map((time, index) => time - (paints[index - 1] ?? from));
    info.annotations.push({ type: "longest gap", description: `${Math.round(Math.max(...gaps))} ms` });
    expect(paints.length).toBeGreaterThan(5);
  });
}

test("a page that is loaded again while a cell runs shows the animation at once", async ({ page, open }) => {
  const notebook = await open("computing.py", { mode: "edit" });
  await expectLive(page);
  await page.getByRole("button", { name: "hold" }).click();
  await expect.poll(() => notebook.facts("holding")).toHaveLength(1);
  // The kernel hears nothing before the cell has ended, so it cannot tell the new page the stream's token.
  await page.reload();
  await expectLive(page);
  await expectMoving(views(page), FRAME);
  expect(notebook.facts("freed")).toEqual([]);
  notebook.wish({ free: true });
  await expect.poll(() => notebook.facts("freed")).toHaveLength(1);
  await expectMoving(views(page), FRAME);
});

test.describe("nobody sees it: an animation", () => {
  /** Wait until nothing is rendered any more. */
  async function expectRest(notebook: Notebook): Promise<void> {
    let before = -1;
    await expect
      .poll(
        () => {
          const now = notebook.facts("t").length;
          const rests = now === before;
          before = now;
          return rests;
        },
        // Twenty frames of an animation that goes on: time has to pass to prove that nothing happens.
        { intervals: [1000] },
      )
      .toBe(true);
  }

  test("rests while it is scrolled away or its tab is behind others, and goes on", async ({ page, open }) => {
    const notebook = await open("animated.py", { query: { long: "yes" } });
    await expectLive(page);
    await test.step("scrolled away", async () => {
      await page.locator("#end").scrollIntoViewIfNeeded();
      await expect(views(page)).not.toBeInViewport();
      await expectRest(notebook);
      await expectMoving(views(page), FRAME); // which scrolls to it
      expectTimeGoesOn(notebook);
    });
    await test.step("behind others", async () => {
      // A browser without a window never hides a tab.
      const show = (state: DocumentVisibilityState): Promise<void> =>
        page.evaluate((now) => {
          Object.defineProperty(document, "visibilityState", { value: now, configurable: true });
          Object.defineProperty(document, "hidden", { value: now === "hidden", configurable: true });
          document.dispatchEvent(new Event("visibilitychange"));
        }, state);
      await show("hidden");
      await expectRest(notebook);
      await show("visible");
      await expectMoving(views(page), FRAME);
      expectTimeGoesOn(notebook);
    });
  });
});
