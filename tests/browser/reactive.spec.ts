import { writeFileSync } from "node:fs";
import type { Locator } from "@playwright/test";
import { Editor } from "./support/editor.ts";
import { Film, showsCard } from "./support/film.ts";
import { streamsOf } from "./support/hub.ts";
import { MODES } from "./support/marimo.ts";
import { Look, boxOf, expectCard, expectCount, expectLive, expectMoving, views } from "./support/screen.ts";
import { expect, expectOneSocket, expectTimeGoesOn, test } from "./support/test.ts";
import { expectNoBlank, keepVigil } from "./support/vigil.ts";

const FRAME = { width: 320, height: 180 };
const STEPS = 10;

/** Notebooks that differ only in how their picture is made: its number is that of the slider plus 10. */
const KINDS = [
  { what: "a frame", file: "reactive.py", code: "rfb.frame(", name: "picture" },
  { what: "an animation", file: "animated.py", code: "rfb.animate(", name: "moving" },
] as const;

// All cells of a notebook fit in, so that no step scrolls the picture away.
test.use({ viewport: { width: 900, height: 1000 } });

/** Wait until the card shows a number; what an animation counts besides is above it. */
async function expectLevel(view: Locator, level: number): Promise<void> {
  await expect
    .poll(async () => {
      const count = (await Look.at(view, FRAME)).count();
      return count === undefined ? undefined : count % 64;
    })
    .toBe(level);
}

/** The picture on film was never away. */
async function expectNoGap(film: Film): Promise<void> {
  const pictures = await film.stop();
  expect(pictures.length).toBeGreaterThan(0);
  const blank = pictures.filter((picture) => !showsCard(picture));
  for (const [index, picture] of blank.entries()) writeFileSync(test.info().outputPath(`blank-${index}.png`), picture);
  expect(blank.length, `of ${pictures.length} pictures`).toBe(0);
}

for (const { what, file, code, name } of KINDS) {
  for (const mode of MODES) {
    test(`in marimo ${mode}, ${what} takes the steps of a slider in place, and is there when the page is loaded again`, async ({
      page,
      open,
      sockets,
    }) => {
      test.slow(); // after each of ten steps the screen is looked at
      const notebook = await open(file, { mode });
      await expectLive(page);
      await expectLevel(views(page), 10);
      await keepVigil(page);
      await test.step("the steps of a slider", async () => {
        const film = await Film.start(page);
        for (let level = 1; level <= STEPS; level++) {
          await page.getByRole("slider").press("ArrowRight");
          await expectLevel(views(page), 10 + level);
        }
        await expectCard(views(page), FRAME);
        await expectNoGap(film);
        await expectNoBlank(page);
        expectOneSocket(sockets);
        expectTimeGoesOn(notebook);
      });
      await test.step("one new socket when the page is loaded again", async () => {
        await page.reload();
        await expectLive(page);
        // `marimo run` begins another session.
        await expectLevel(views(page), mode === "edit" ? 10 + STEPS : 10);
        await expectCard(views(page), FRAME);
        await expectNoBlank(page);
        expect(sockets.urls).toHaveLength(2);
        await expect.poll(async () => (await streamsOf(notebook.hub)).map(({ viewers }) => viewers)).toEqual([1]);
        if (mode === "edit") expectTimeGoesOn(notebook);
      });
    });
  }

  test(`in marimo edit, ${what} stays the same whatever is done to its cell`, async ({ page, open, sockets }) => {
    test.slow();
    const notebook = await open(file, { mode: "edit" });
    await expectLive(page);
    await expectLevel(views(page), 10);
    await keepVigil(page);
    const film = await Film.start(page);
    const editor = new Editor(page);
    const cell = await editor.cell(code);

    await test.step("its own edit", async () => {
      await editor.replace(cell, "level.value", "level.value + 7");
      await expectLevel(views(page), 17);
    });
    await test.step("an edit of a cell that it depends on", async () => {
      await editor.write(await editor.cell("base = 10"), "base = 20");
      await expectLevel(views(page), 27);
    });
    await test.step("another place of the cell", async () => {
      await editor.moveUp(cell);
      await expect(page.locator(".marimo-cell").nth(2).locator("div.rfb-root")).toHaveCount(1);
      await page.getByRole("slider").press("ArrowRight");
      await expectLevel(views(page), 28);
    });
    await test.step("another name of the variable, or of the function", async () => {
      const runs = notebook.facts("hub").length;
      await editor.replace(cell, name, "other");
      await expect.poll(() => notebook.facts("hub").length).toBe(runs + 1);
      await page.getByRole("slider").press("ArrowRight");
      await expectLevel(views(page), 29);
      if (file === "animated.py") await expectMoving(views(page), FRAME);
    });
    await expectCard(views(page), FRAME);
    await expectNoGap(film);
    await expectNoBlank(page);
    expectOneSocket(sockets);
    expectTimeGoesOn(notebook);
    if (file === "reactive.py")
      await test.step("two frames in a cell are told apart by their order, and two of one name not", async () => {
        const two = (from: number, names: readonly string[] = []): string =>
          [0, 1]
            .map((index) => {
              const name = names[index] === undefined ? "" : `, name="${names[index]}"`;
              return `_${index} = rfb.frame(card(320, 180, ${from + index}), height=180${name})`;
            })
            .join("\n") + "\nmo.vstack([_0, _1])";
        const expectBoth = async (from: number): Promise<void> => {
          await expectLive(page, 2);
          await expectCount(views(page).first(), FRAME, from);
          await expectCount(views(page).last(), FRAME, from + 1);
        };
        await editor.write(cell, two(1));
        await expectBoth(1);
        const names = ["left", "right"];
        await editor.write(cell, two(3, names));
        // Those without names are live until the cell has run, and then no more laid out.
        for (const name of names) await expect(page.getByRole("img", { name: `Live picture: ${name}` })).toHaveCount(1);
        await expectBoth(3);
        await editor.write(cell, two(5, ["left", "left"]));
        await expect(cell).toContainText("give each one a name of its own with name=");
      });
  });
}

test("in marimo edit, a frame and an animation stay the same in every layout", async ({ page, open, sockets }) => {
  test.slow();
  await page.setViewportSize({ width: 1500, height: 1000 }); // a slide has what its settings leave
  const notebook = await open("layouts.py", { mode: "edit" });
  await expectLive(page, 2);
  const expectAll = async (level: number): Promise<void> => {
    for (const view of await views(page).all()) {
      await expectLevel(view, level);
      await expectCard(view, FRAME);
    }
    await expectNoBlank(page);
  };
  await keepVigil(page);
  await expectAll(10);
  const editor = new Editor(page);

  await test.step("as an app", async () => {
    await editor.toggleAppView();
    await expect(page.locator(".cm-content").filter({ visible: true })).toHaveCount(0);
    await expectAll(10);
  });
  await test.step("in a grid", async () => {
    await editor.layOut("Grid");
    await expect(page.locator(".grid-drag-handle").locator(views(page))).toHaveCount(2);
    await expectAll(10);
  });
  await test.step("on a slide, and small beside it", async () => {
    await editor.layOut("Slides");
    await expect(views(page)).toHaveCount(4);
    const small = await boxOf(views(page).first());
    await page.mouse.click(small.x + small.width / 2, small.y + small.height / 2);
    await expect(page.locator("section.present").locator(views(page))).toHaveCount(2);
    await expectAll(10);
  });
  await test.step("as it was", async () => {
    await editor.layOut("Vertical");
    await expect(views(page)).toHaveCount(2);
    await expectAll(10);
  });
  await test.step("with its code", async () => {
    await editor.toggleAppView();
    await expectLive(page, 2);
    await page.getByRole("slider").press("ArrowRight");
    await expectAll(11);
  });
  expect(sockets.urls).toHaveLength(2);
  expect(sockets.open).toBe(2);
  expectTimeGoesOn(notebook);
});
