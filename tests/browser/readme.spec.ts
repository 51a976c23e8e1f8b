import type { Locator, Page } from "@playwright/test";
import { MODES } from "./support/marimo.ts";
import { Program, freePort } from "./support/process.ts";
import { cellsOf, docsBlocks, marimoNotebook, readmeBlocks, writeFile } from "./support/readme.ts";
import { Look, expectLive, placeOf, views } from "./support/screen.ts";
import { expect, test } from "./support/test.ts";

const FRAME = { width: 640, height: 480 };
const [FIRST = "", JUPYTER = ""] = readmeBlocks(["In marimo", "In Jupyter"]);
const [REACTIVE = "", MARKS = ""] = docsBlocks("viewer.md", "In marimo");
const [SERVER = ""] = docsBlocks("viewer.md", "A server of your own");
const [SITE = ""] = docsBlocks("viewer.md", "Wherever the notebook runs");

// All cells of a notebook fit in.
test.use({ viewport: { width: 900, height: 1300 } });

/** The greys of a view along its middle row, where they are seen. */
async function greys(view: Locator): Promise<(number | undefined)[]> {
  const look = await Look.at(view, FRAME);
  return Array.from({ length: 60 }, (_, n) => look.atFrame({ x: 20 + 10 * n, y: 240 })?.[1]);
}

/** Wait until the view shows other greys than it does now. */
async function expectMoves(view: Locator): Promise<void> {
  const before = await greys(view);
  await expect.poll(async () => (await greys(view)).filter((grey, n) => grey !== before[n]).length).toBeGreaterThan(20);
}

/** Wait until the view shows, along its middle row, the greys of a function of the frame's x, 0 to 1. */
async function expectGreys(view: Locator, expected: (x: number) => number): Promise<void> {
  const wrong = async (): Promise<number> =>
    (await greys(view)).filter((grey, n) => grey !== undefined && Math.abs(grey - 255 * expected(20 + 10 * n)) > 16)
      .length;
  await expect.poll(wrong).toBe(0);
}

async function click(page: Page, view: Locator): Promise<void> {
  const { x, y } = await placeOf(view, FRAME, { x: 200, y: 100 });
  await page.mouse.click(x, y);
}

/** The greys of the first picture along its middle row. */
const circles = (length: number) => (x: number) => Math.cos((6 * Math.abs(x - 320)) / length) ** 2;

/** Move the slider of the examples to its end. */
async function stretch(page: Page): Promise<void> {
  await page.locator("marimo-slider").filter({ hasText: "wavelength" }).getByRole("slider").press("End");
}

for (const mode of MODES) {
  test(`the first example in marimo ${mode} has a slider that moves the picture`, async ({ page, open }) => {
    await open(writeFile("first.py", marimoNotebook(cellsOf(FIRST))), { mode });
    await expectLive(page);
    await expectGreys(views(page), circles(40));
    await stretch(page);
    await expectGreys(views(page), circles(80));
  });

  test(`the longer example in marimo ${mode} has an animation too, and tells of a click`, async ({ page, open }) => {
    await open(writeFile("reactive.py", marimoNotebook(cellsOf(REACTIVE))), { mode });
    await expectLive(page, 2);
    const [frame, rings] = [views(page).first(), views(page).last()];
    await expectGreys(frame, circles(40));
    await expectMoves(rings);

    await stretch(page);
    await expectGreys(frame, circles(80));
    await expectMoves(rings);

    await click(page, rings);
    await expect(page.getByText("pointer_down").last()).toBeVisible();
  });
}

test("the callback makes one mark of one click, wherever it is", async ({ page, open }) => {
  await open(writeFile("marks.py", marimoNotebook(cellsOf(MARKS))));
  await expectLive(page);
  const [view, frame] = [views(page), { width: 64, height: 48 }];
  const marks = async (): Promise<string[]> => {
    const look = await Look.at(view, frame);
    const bright: string[] = [];
    for (let y = 0; y < 48; y += 1) {
      for (let x = 0; x < 64; x += 1) if ((look.atFrame({ x, y })?.[0] ?? 0) > 128) bright.push(`${x},${y}`);
    }
    return bright;
  };
  for (const [point, expected] of [
    [{ x: 20, y: 30 }, ["20,30"]],
    [{ x: 40, y: 10 }, ["40,10", "20,30"]],
  ] as const) {
    const { x, y } = await placeOf(view, frame, point);
    await page.mouse.click(x, y);
    await expect.poll(marks).toEqual(expected);
  }
});

test("the server of one's own in marimo shows a wave, and what was done in it when asked", async ({ page, open }) => {
  await open(writeFile("server.py", marimoNotebook(cellsOf(SERVER))));
  await expectLive(page);
  await expectMoves(views(page));
  await click(page, views(page));
  await expect(page.getByText("pointer_down")).toHaveCount(0);
  await page.getByRole("button", { name: "What was done?" }).click();
  await expect(page.getByText("pointer_down").first()).toBeVisible();
});

test("the same in JupyterLab shows the wave", async ({ page, jupyter }) => {
  jupyter.write("readme.ipynb", cellsOf(JUPYTER));
  const lab = await jupyter.open(page, "readme.ipynb");
  await lab.runAll();
  await expectLive(page);
  await expectMoves(views(page));
  await jupyter.shutDown("readme.ipynb");
});

test("the site shows its stream to those who have logged in", async ({ page }) => {
  const port = await freePort();
  const site = new Program([writeFile("site.py", SITE), String(port)]);
  try {
    await site.answers(`http://127.0.0.1:${port}/health`);
    await page.goto(`http://127.0.0.1:${port}/`);
    await expect(views(page)).toHaveAttribute("data-state", "error");
    await page.goto(`http://127.0.0.1:${port}/login/ann`);
    await expectLive(page);
    await expectGreys(views(page), (x) => x / 639);
  } finally {
    await site.kill();
  }
});
