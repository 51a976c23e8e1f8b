import type { Locator, Page } from "@playwright/test";
import { join } from "node:path";
import { ROOT } from "./support/process.ts";
import { Look, boxOf, expectLive, views } from "./support/screen.ts";
import type { Notebook, Open } from "./support/test.ts";
import { Sockets, expect, test } from "./support/test.ts";

/** How many views a notebook shows when it is opened. */
const GUIDE = {
  "reactive.py": 3,
  "animation.py": 4,
  "clicks.py": 5,
  "figures.py": 3,
  "many_streams.py": 8,
  "training_loop.py": 2,
  "shared_app.py": 2,
  "viewer.py": 6,
} as const;

type Guide = keyof typeof GUIDE;

const WINDOW = { width: 1280, height: 900 };
test.use({ viewport: WINDOW });
// They simulate, and the machine may be a slow one.
test.setTimeout(480_000);

function pathOf(notebook: Guide): string {
  return join(ROOT, "notebooks", notebook);
}

/** The view whose picture is described by words that begin so. */
function picture(page: Page, description: string): Locator {
  return page.locator("div.rfb-root", { has: page.getByRole("img", { name: new RegExp(`^${description}`) }) });
}

/** Some hundred colours of a view as it is on screen. */
async function colors(view: Locator): Promise<string[]> {
  const look = await Look.at(view, { width: 100, height: 100 }, "fill");
  const found: string[] = [];
  for (let y = 2; y < 100; y += 4) {
    for (let x = 2; x < 100; x += 4) found.push(String(look.atFrame({ x, y }) ?? "unseen"));
  }
  return found;
}

async function changes(view: Locator, before: readonly string[]): Promise<number> {
  return (await colors(view)).filter((color, index) => color !== before[index]).length;
}

/** Wait until the picture is another than `before`, which is by itself the one that is there now. */
async function expectChange(view: Locator, before?: readonly string[]): Promise<void> {
  const known = before ?? (await colors(view));
  await expect.poll(() => changes(view, known)).toBeGreaterThan(15);
}

/** Wait until the picture is the same at two looks. */
async function expectRest(view: Locator): Promise<void> {
  await expect.poll(async () => changes(view, await colors(view))).toBe(0);
}

/** The moons and their orbits have thirty colours; a frame that is blank has one. */
async function expectColorful(view: Locator): Promise<void> {
  await expect.poll(async () => new Set(await colors(view)).size).toBeGreaterThan(20);
}

/** A place in the window, given as parts of the view's width and height. */
async function place(view: Locator, x: number, y: number): Promise<[number, number]> {
  await view.scrollIntoViewIfNeeded();
  const box = await boxOf(view.locator(".rfb-viewport"));
  return [box.x + x * box.width, box.y + y * box.height];
}

async function drag(view: Locator, from: [number, number], to: [number, number]): Promise<void> {
  const { mouse } = view.page();
  const [start, end] = [await place(view, ...from), await place(view, ...to)];
  await mouse.move(...start);
  await mouse.down();
  await mouse.move(...end, { steps: 8 });
  await mouse.up();
}

/** In an app an error of a cell is told in the server's log alone. */
function expectNoError(notebook: Notebook): void {
  expect(notebook.marimo.program.output).not.toMatch(/Traceback|Error|\[E /);
}

/** Open a notebook of the guide, and see that all its pictures are live and nothing is wrong. */
async function openGuide(open: Open, page: Page, notebook: Guide): Promise<Notebook> {
  const sockets = new Sockets(page);
  const opened = await open(pathOf(notebook));
  await test.step("all pictures are live, and nothing is wrong", async () => {
    await expectLive(page, GUIDE[notebook]);
    await expect(page.locator(".rfb-banner").filter({ visible: true })).toHaveCount(0);
    await expectColorful(views(page).first());
    await expect.poll(() => sockets.open).toBe(GUIDE[notebook]);
    expectNoError(opened);
  });
  return opened;
}

test("in reactive.py a slider repaints, a move cuts, and a click is told", async ({ page, open, sockets }) => {
  const notebook = await openGuide(open, page, "reactive.py");
  const [screen, tank, cut] = ["Fringes", "Waves", "Brightness"].map((name) => picture(page, name));
  if (screen === undefined || tank === undefined || cut === undefined) throw new Error("unreachable");
  await expectRest(screen);
  await expectChange(tank);
  const fringes = await colors(screen);
  await page.locator("marimo-slider").filter({ hasText: "Slits" }).getByRole("slider").press("ArrowRight");
  await expectChange(screen, fringes);

  const before = await colors(cut);
  await page.mouse.move(...(await place(tank, 0.3, 0.2)));
  await expectChange(cut, before);

  await expect(page.getByText("nothing happened yet")).toBeVisible();
  const [x, y] = await place(tank, 0.5, 0.5);
  await page.mouse.click(x, y);
  await expect(page.getByText('"pointer_down"')).toBeVisible();
  await expect(page.getByText(/x 4[78]\d, y 2[01]\d\s*rgb \d+, \d+, \d+/)).toBeVisible();
  expect(sockets.urls).toHaveLength(3);
  expectNoError(notebook);
});

test("in animation.py time is paused and sought, and a mistake is shown until it is mended", async ({ page, open }) => {
  const notebook = await openGuide(open, page, "animation.py");
  const jupiter = picture(page, "Jupiter");
  await expectChange(jupiter);
  await page.getByRole("switch").click();
  await expectRest(jupiter);
  const now = await colors(jupiter);
  await page.locator("marimo-slider").filter({ hasText: "Go to day" }).getByRole("slider").press("End");
  await expectChange(jupiter, now);
  await expectRest(jupiter);

  const cloth = picture(page, "Live picture: cloth");
  const banner = cloth.locator(".rfb-banner");
  await page.getByRole("radio", { name: "a mistake" }).click();
  await expect(banner).toContainText("ValueError");
  await expect(banner).toContainText("mistake, line");
  await page.getByRole("radio", { name: "marble" }).click();
  await expect(banner).toBeHidden();
  await expectChange(cloth);

  await expectChange(picture(page, "A heart's beat"));
  await page.getByRole("radio", { name: "all processors" }).click();
  await expectChange(picture(page, "A Julia set"));
  // The mistake is in the log, and nothing else.
  expect(notebook.marimo.program.output.match(/Traceback/g)).toHaveLength(1);
});

test("in clicks.py a drag selects, a double click follows, and keys switch and pause", async ({ page, open }) => {
  const notebook = await openGuide(open, page, "clicks.py");
  const stage = picture(page, "Living cells");
  const lens = picture(page, "The selection");
  await expectChange(stage);
  await expectChange(lens);
  await drag(stage, [0.25, 0.25], [0.5, 0.75]);
  await expect(page.getByText(/3[5-7] × 4[6-9] µm/)).toBeVisible();
  await page.mouse.dblclick(...(await place(stage, 308 / 720, 335 / 480)));
  await expect(page.getByText("no. 37")).toBeVisible();

  const isBlue = (color: string): boolean => {
    const [red = 0, green = 0, blue = 0] = color.split(",").map(Number);
    return blue > 170 && blue > red + 30 && blue > green;
  };
  const blues = async (): Promise<number> => (await colors(stage)).filter(isBlue).length;
  expect(await blues()).toBeGreaterThan(4);
  await page.keyboard.press("1");
  await expect.poll(blues).toBeLessThan(2);
  await page.keyboard.press(" ");
  await expectRest(stage);
  await page.keyboard.press(" ");
  await expectChange(stage);

  const tally = picture(page, "A mark for each click");
  await page.mouse.click(...(await place(tally, 0.5, 0.5)));
  await expect(page.getByText("1 counted")).toBeVisible();
  await page.mouse.click(...(await place(tally, 0.25, 0.5)));
  await expect(page.getByText("2 counted")).toBeVisible();
  expectNoError(notebook);
});

test("in figures.py a click picks a line, a drag pans, a slider draws anew, and a drag turns", async ({
  page,
  open,
}) => {
  const notebook = await openGuide(open, page, "figures.py");
  const [spectrum, prism, psf] = ["Figure: Spectrum", "Figure$", "Figure: Point"].map((name) => picture(page, name));
  if (spectrum === undefined || prism === undefined || psf === undefined) throw new Error("unreachable");
  await expectChange(prism);

  await page.mouse.click(...(await place(spectrum, 0.912, 0.5)));
  await expect(page.getByText("Hα absorbs light of 656.3 nm.")).toBeVisible();
  await page.mouse.click(...(await place(spectrum, 0.398, 0.5)));
  await expect(page.getByText("Hβ absorbs light of 486.1 nm.")).toBeVisible();

  await page.keyboard.press("p");
  const before = await colors(spectrum);
  await drag(spectrum, [0.6, 0.5], [0.4, 0.5]);
  await expectChange(spectrum, before);
  await page.mouse.move(2, 2);
  await expectRest(spectrum);
  const panned = await colors(spectrum);
  await page.locator("marimo-slider").getByRole("slider").press("ArrowRight");
  await expect.poll(() => changes(spectrum, panned)).toBeGreaterThan(0);

  const turned = await colors(psf);
  await drag(psf, [0.4, 0.5], [0.7, 0.4]);
  await expectChange(psf, turned);
  expectNoError(notebook);
});

test("in many_streams.py a world that is switched off rests, and a hidden tab has no viewer", async ({
  page,
  open,
}) => {
  const notebook = await openGuide(open, page, "many_streams.py");
  const worlds = [0, 2].flatMap((b) => [-0.3, -0.8, -1.4].map((c) => `b = ${b}, c = ${c}`));
  const tiles = worlds.map((name) => picture(page, `Live picture: ${name}`));
  for (const tile of tiles) await expectChange(tile);
  await page.getByRole("switch").first().click();
  const [first, second] = tiles;
  if (first === undefined || second === undefined) throw new Error("unreachable");
  await expectRest(first);
  await expectChange(second);
  const row = page.getByRole("row").filter({ hasText: "b = 0, c = -0.3" });
  await expect(row).toContainText("0 / s");

  await expect(page.getByRole("row").filter({ hasText: "spectrum" })).toContainText("no");
  await page.getByRole("tab", { name: "spectrum" }).click();
  await expectChange(picture(page, "Spectrum"));
  await expect(page.getByRole("row").filter({ hasText: "spectrum" })).toContainText("yes");
  await expect(page.getByRole("row").filter({ hasText: "vortices" })).toContainText("no");
  expectNoError(notebook);
});

test("in training_loop.py the picture moves while the cell runs, and a click ends the loop", async ({ page, open }) => {
  const notebook = await openGuide(open, page, "training_loop.py");
  const canvas = picture(page, "What the network paints");
  await expectChange(canvas);
  await expectChange(canvas);
  await expect(page.getByText(/\d+ steps,/)).toBeHidden();
  await page.mouse.click(...(await place(canvas, 0.3, 0.3)));
  await expect(page.getByText(/\d+ steps, [\d.]+ dB/)).toBeVisible();
  await expectRest(canvas);

  const easel = picture(page, "What the second network paints");
  await expectRest(easel);
  await page.getByRole("switch").click();
  await expectChange(easel);
  await page.getByRole("switch").click();
  await expectRest(easel);
  expectNoError(notebook);
});

test("in shared_app.py two visitors stir the same water, and one of them goes on alone", async ({
  page,
  context,
  open,
}) => {
  const notebook = await openGuide(open, page, "shared_app.py");
  const other = await context.newPage();
  await other.setViewportSize(WINDOW);
  await other.goto(notebook.marimo.url());
  await expectLive(other, 2);
  for (const each of [page, other]) await expect(each.getByText("2 windows show this water.")).toBeVisible();

  const [here, there] = [picture(page, "Inks"), picture(other, "Inks")];
  const darkness = async (): Promise<number> => {
    const seen = (await colors(there)).map((color) => Math.min(...color.split(",").map(Number)));
    return seen.filter((channel) => channel < 60).length;
  };
  const before = await darkness();
  await page.bringToFront();
  const [x, y] = await place(here, 0.5, 0.5);
  await page.mouse.move(x, y);
  await page.mouse.down();
  await other.bringToFront();
  await expect.poll(darkness).toBeGreaterThan(before + 4);
  await page.bringToFront();
  await page.mouse.up();

  const wall = picture(page, "A wall");
  await page.bringToFront();
  const empty = await colors(wall);
  await other
    .getByPlaceholder("Write on the wall")
    .fill("Hello to all of you who are here, and to those who come later");
  await other.getByPlaceholder("Write on the wall").press("Enter");
  await expect.poll(() => changes(wall, empty)).toBeGreaterThan(3);

  await other.close();
  await expect(page.getByText("1 window shows this water.")).toBeVisible();
  await expectChange(here);
  await expect(page.locator(".rfb-banner").filter({ visible: true })).toHaveCount(0);
  expectNoError(notebook);
});

test("in viewer.py one looks closer, two look together, lines stay sharp, and ink and colors flow", async ({
  page,
  open,
}) => {
  const notebook = await openGuide(open, page, "viewer.py");
  const [island, heights, slopes, star, sheet] = ["An island", "Heights", "Slopes", "A star", "A pad"].map((name) =>
    picture(page, name),
  );
  if (!island || !heights || !slopes || !star || !sheet) throw new Error("unreachable");
  await test.step("a button goes to the peak, and what is on screen is told", async () => {
    await expect(page.getByText("48.0 ×")).toBeVisible();
    await page.getByRole("button", { name: "To the highest peak" }).click();
    await expect(page.getByText(/^\d\.\d × \d\.\d km$/)).toBeVisible();
    await page.getByRole("button", { name: "The whole island" }).click();
    await expect(page.getByText("48.0 ×")).toBeVisible();
    await expectChange(island);
  });
  await test.step("two views look together, and a click is surveyed", async () => {
    const before = await colors(slopes);
    await page.mouse.dblclick(...(await place(heights, 0.3, 0.5)));
    await expectChange(slopes, before);
    await page.mouse.click(...(await place(slopes, 0.5, 0.5)));
    await expect(page.getByText(/At \d+, \d+: -?\d+ m, \d+° steep\./)).toBeVisible();
  });
  await test.step("a picture is as large as its view", async () => {
    await star.scrollIntoViewIfNeeded();
    const width = (): Promise<number> => star.locator(".rfb-canvas").evaluate((each: HTMLCanvasElement) => each.width);
    const { width: shown } = await boxOf(star);
    await expect.poll(async () => Math.abs((await width()) - shown)).toBeLessThan(3);
  });
  await test.step("ink flows, and a letter is told", async () => {
    const empty = await colors(sheet);
    await drag(sheet, [0.1, 0.3], [0.9, 0.7]);
    await expect.poll(() => changes(sheet, empty)).toBeGreaterThan(4);
    await page.keyboard.type("é");
    await expect(page.getByText("é", { exact: true })).toBeVisible();
  });
  await test.step("elements of marimo's hold the bare canvas, and zoom it", async () => {
    const bare = views(page).last();
    const canvas = bare.locator(".rfb-canvas");
    await bare.scrollIntoViewIfNeeded();
    await expect(bare.locator(".rfb-chrome")).toHaveCount(0);
    const { width } = await boxOf(canvas);
    await page.locator("marimo-slider").filter({ hasText: "zoom" }).getByRole("slider").press("End");
    await expect.poll(async () => Math.round((await boxOf(canvas)).width / width)).toBe(8);
    await expectChange(bare);
    await page.getByRole("switch").click();
    await expectRest(bare);
  });
  await test.step("another look reaches into every view", async () => {
    await page.getByRole("radio", { name: "amber" }).click();
    await expect(island.locator(".rfb-toolbar")).toHaveCSS("color", "rgb(255, 207, 125)");
  });
  expectNoError(notebook);
});
