import type { Locator, Page } from "@playwright/test";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readlinkSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import type { Point, Size } from "../support/card.ts";
import type { Rgb } from "../support/png.ts";
import { PYTHON, ROOT } from "../support/process.ts";
import { Look, expectLive, placeOf } from "../support/screen.ts";
import type { Notebook } from "../support/test.ts";
import { expect, test } from "../support/test.ts";
import { press } from "../support/tools.ts";

const NOTEBOOKS = join(ROOT, "notebooks");

/** The view whose picture is described by words that begin so. */
function picture(page: Page, description: string): Locator {
  return page.locator("div.rfb-root", { has: page.getByRole("img", { name: new RegExp(`^${description}`) }) });
}

/** In an app an error of a cell is told in the server's log alone. */
function expectNoError({ marimo }: Notebook): void {
  expect(marimo.program.output).not.toMatch(/Traceback|Error/);
}

interface Dot extends Point {
  readonly color: Rgb;
}

/** What can be seen of a view, at every `step`th column and row of its frame. */
async function dots(view: Locator, frame: Size, step: number): Promise<Dot[]> {
  const look = await Look.at(view, frame);
  const found: Dot[] = [];
  for (let y = 0; y < frame.height; y += step) {
    for (let x = 0; x < frame.width; x += step) {
      const color = look.atFrame({ x, y });
      if (color !== undefined) found.push({ x, y, color });
    }
  }
  return found;
}

function brightness({ color }: Dot): number {
  return (color[0] + color[1] + color[2]) / 3;
}

/** The share of what can be seen that is brighter than `level`. */
async function brightShare(view: Locator, frame: Size, level: number): Promise<number> {
  const all = await dots(view, frame, 5);
  return all.filter((dot) => brightness(dot) > level).length / all.length;
}

async function middleOfBright(view: Locator, frame: Size): Promise<number> {
  const bright = (await dots(view, frame, 3)).filter((dot) => brightness(dot) > 80);
  return bright.reduce((sum, { x }) => sum + x / frame.width, 0) / bright.length;
}

async function expectMoves(view: Locator, frame: Size): Promise<void> {
  const seen = async (): Promise<string> => String((await dots(view, frame, 7)).map(({ color }) => color));
  const before = await seen();
  await expect.poll(seen).not.toBe(before);
}

async function click(view: Locator, frame: Size, at: Point): Promise<void> {
  await view.scrollIntoViewIfNeeded();
  const { x, y } = await placeOf(view, frame, at);
  await view.page().mouse.click(x, y);
}

/** Run Python with the packages of the notebooks and return what it prints. */
function python(code: string, ...args: string[]): string {
  const env = { ...process.env, PYTHONPATH: [ROOT, NOTEBOOKS].join(delimiter) };
  return execFileSync(PYTHON, ["-c", code, ...args], { env, encoding: "utf8" });
}

test.describe("environment.py", () => {
  const FRAME = { width: 600, height: 400 };

  /** The column of the car's body, which is black and no thin line. */
  async function carOf(view: Locator): Promise<number> {
    const look = await Look.at(view, FRAME);
    const isBlack = (x: number, y: number): boolean => Math.max(...(look.atFrame({ x, y }) ?? [255])) < 60;
    const columns: number[] = [];
    for (let y = 80; y < 390; y += 3) {
      for (let x = 4; x < 590; x += 3) {
        if (isBlack(x, y) && isBlack(x + 5, y) && isBlack(x, y + 5)) columns.push(x);
      }
    }
    return columns.reduce((sum, x) => sum + x, 0) / columns.length;
  }

  test("keys push the car, R begins anew, and the policy goes on when nobody plays", async ({ page, open }) => {
    const notebook = await open(join(NOTEBOOKS, "environment.py"));
    await expectLive(page);
    const view = picture(page, "What moves");
    await expectMoves(view, FRAME);
    await click(view, FRAME, { x: 300, y: 200 });
    // It begins between 200 and 267. Who pushes to one side alone never gets far to the other, nor up the hill.
    for (const [key, isOnItsSide] of [
      ["ArrowRight", (least: number, most: number) => least > 190 && least + most > 490],
      ["ArrowLeft", (least: number, most: number) => most < 285 && least + most < 470],
    ] as const) {
      await page.keyboard.down(key);
      await page.keyboard.press("r");
      // Where it was before may be still on screen.
      await expect.poll(() => carOf(view), { intervals: [100] }).toBeGreaterThan(190);
      await expect.poll(() => carOf(view), { intervals: [100] }).toBeLessThan(285);
      const columns: number[] = [];
      const look = async (): Promise<boolean> => {
        columns.push(await carOf(view));
        return isOnItsSide(Math.min(...columns), Math.max(...columns));
      };
      await expect.poll(look, { intervals: [50] }).toBe(true);
      for (let more = 0; more < 12; more++) expect(await look()).toBe(true);
      await page.keyboard.up(key);
    }
    // With both keys up it rolls, and then the policy takes it up to the flag.
    await expect.poll(() => carOf(view), { intervals: [50] }).toBeGreaterThan(400);
    expectNoError(notebook);
  });
});

test.describe("camera.py", () => {
  const TABLE = { width: 640, height: 480 };
  const FILM = { width: 160, height: 120 };
  const MAKE_FILM = `
import sys, cv2, numpy as np
film = cv2.VideoWriter(sys.argv[1], cv2.VideoWriter_fourcc(*"MJPG"), 30, (160, 120))
frame = np.zeros((120, 160, 3), np.uint8)
frame[30:90, 40:120] = (40, 60, 220)
for _ in range(3000):
    film.write(frame)
film.release()`;
  let folder: string;

  test.beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "rfb-film-"));
  });

  test.afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  /** How often a file is open, in whatever process. */
  function opened(path: string): number {
    const links = readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .flatMap(filesOf);
    return links.filter((link) => link === path).length;
  }

  function filesOf(process: string): string[] {
    try {
      const at = `/proc/${process}/fd`;
      return readdirSync(at).map((name) => readlinkSync(join(at, name)));
    } catch {
      return []; // it has ended, or is another user's
    }
  }

  test("without a camera there are balls, in their colors; edges are lines, and what rests does not move", async ({
    page,
    open,
  }) => {
    const notebook = await open(join(NOTEBOOKS, "camera.py"));
    await expectLive(page);
    const view = picture(page, "What the camera sees");
    await expectMoves(view, TABLE);
    const reds = (await dots(view, TABLE, 5)).filter(({ color: [red, , blue] }) => red > blue + 100);
    const greens = (await dots(view, TABLE, 5)).filter(({ color: [red, green] }) => green > red + 15);
    expect(reds.length).toBeGreaterThan(200);
    expect(greens.length).toBeGreaterThan(1500);

    const colored = async (): Promise<number> =>
      (await dots(view, TABLE, 5)).filter(({ color }) => Math.max(...color) > Math.min(...color) + 20).length;
    await page.getByRole("radio", { name: "edges" }).click();
    await expect.poll(colored).toBe(0);
    expect(await brightShare(view, TABLE, 128)).toBeLessThan(0.05);
    expect(await brightShare(view, TABLE, 128)).toBeGreaterThan(0.0005);
    await expectMoves(view, TABLE);

    await page.getByRole("radio", { name: "motion" }).click();
    await expect.poll(colored).toBeGreaterThan(20);
    expect(await brightShare(view, TABLE, 40)).toBeLessThan(0.3);
    await page.getByRole("radio", { name: "flow" }).click();
    await expect.poll(() => brightShare(view, TABLE, 60)).toBeGreaterThan(0.02);
    expectNoError(notebook);
  });

  test("a film is opened once, has its colors and its edges, and is closed with its session", async ({
    page,
    open,
  }) => {
    const film = join(folder, "film.avi");
    python(MAKE_FILM, film);
    const notebook = await open(join(NOTEBOOKS, "camera.py"));
    await expectLive(page);
    const view = picture(page, "What the camera sees");
    await page.getByRole("textbox").fill(film);
    await page.getByRole("textbox").press("Enter");
    const at = async (x: number, y: number): Promise<Rgb> => (await Look.at(view, FILM)).atFrame({ x, y }) ?? [0, 0, 0];
    await expect.poll(async () => (await at(80, 60))[0]).toBeGreaterThan(200);
    expect((await at(80, 60))[2]).toBeLessThan(60);
    expect((await at(20, 60))[0]).toBeLessThan(20);
    expect(opened(film)).toBe(1);

    await page.getByRole("radio", { name: "edges" }).click();
    await expect.poll(async () => Math.max(...(await at(80, 60)))).toBeLessThan(30);
    const bright = (await dots(view, FILM, 1)).filter((dot) => brightness(dot) > 128);
    expect(bright.length).toBeGreaterThan(200);
    const beside = ({ x, y }: Dot): boolean => {
      const across = Math.min(Math.abs(x - 39.5), Math.abs(x - 119.5));
      const down = Math.min(Math.abs(y - 29.5), Math.abs(y - 89.5));
      return Math.min(across, down) < 3;
    };
    expect(bright.filter((dot) => !beside(dot))).toEqual([]);
    expect(opened(film)).toBe(1);
    expectNoError(notebook);
    await page.goto("about:blank");
    await expect.poll(() => opened(film)).toBe(0);
  });
});

test.describe("feature_maps.py", () => {
  const SEEN = { width: 256, height: 192 };
  const MAP = { width: 128, height: 96 };
  const MAPS = { width: 512, height: 192 };

  test("a click enlarges a map, a pointer reads it, and the slider chooses the layer", async ({ page, open }) => {
    const notebook = await open(join(NOTEBOOKS, "feature_maps.py"));
    await expectLive(page, 3);
    const [seen, enlarged, maps] = ["What the network", "Live picture: enlarged", "All maps"].map((name) =>
      picture(page, name),
    );
    if (!seen || !enlarged || !maps) throw new Error("unreachable");
    for (const [view, frame] of [[seen, SEEN] as const, [enlarged, MAP] as const, [maps, MAPS] as const]) {
      await expectMoves(view, frame);
    }
    const shift = async (): Promise<number> =>
      (await middleOfBright(enlarged, MAP)) - (await middleOfBright(seen, SEEN));
    // The first filter answers to the left edges of what is bright, the fifth to the right ones.
    await expect.poll(shift).toBeLessThan(-0.03);
    await click(maps, MAPS, { x: 64, y: 144 });
    await expect.poll(shift).toBeGreaterThan(0.03);

    const reading = page.getByText(/^\d\.\d{3} at \d+, \d+$/);
    await expect(async () => {
      const all = await dots(maps, MAPS, 4);
      const brightest = all.reduce((best, dot) => (brightness(dot) > brightness(best) ? dot : best));
      const { x, y } = await placeOf(maps, MAPS, brightest);
      await page.mouse.move(x - 1, y);
      await page.mouse.move(x, y);
      const read = async (): Promise<number> => Number.parseFloat(await reading.innerText());
      await expect.poll(read, { timeout: 500, intervals: [20] }).toBeGreaterThan(0.1);
    }).toPass();

    await page.getByRole("slider").press("End");
    await expect.poll(async () => (await reading.count()) + (await page.getByText("Point at a map.").count())).toBe(1);
    await expectMoves(maps, { width: 256, height: 96 });
    await expectMoves(enlarged, { width: 32, height: 24 });
    expectNoError(notebook);
  });
});

test.describe("microscope.py", () => {
  const FRAME = { width: 320, height: 240 };
  const AT = { x: 160, y: 120 };

  test("a click reads the raw count, the slider focuses, and the contrast is people's to choose", async ({
    page,
    open,
  }) => {
    const counts: number[][] = JSON.parse(
      python("import json, microscope; print(json.dumps(microscope.recorded()[:, :, 120, 160].T.tolist()))"),
    );
    const notebook = await open(join(NOTEBOOKS, "microscope.py"));
    await expectLive(page, 2);
    const [plane, profile] = [picture(page, "Cells that drift"), picture(page, "Figure")];
    await expectMoves(plane, FRAME);
    const read = page.getByText(/^\d+ counts at 160, 120\.$/);
    await click(plane, FRAME, AT);
    await expect(read).toBeVisible();
    expect(counts[4]).toContain(Number.parseInt(await read.innerText(), 10));

    await page.getByRole("slider").first().press("ArrowRight");
    await click(plane, FRAME, { x: 160, y: 200 });
    await expect(read).toBeHidden();
    await click(plane, FRAME, AT);
    await expect(read).toBeVisible();
    expect(counts[5]).toContain(Number.parseInt(await read.innerText(), 10));

    const row = async (): Promise<string> =>
      String((await dots(profile, { width: 200, height: 70 }, 2)).map(({ color }) => color));
    const before = await row();
    await plane.scrollIntoViewIfNeeded();
    const [from, to] = [await placeOf(plane, FRAME, { x: 40, y: 40 }), await placeOf(plane, FRAME, { x: 200, y: 200 })];
    await page.mouse.move(from.x, from.y);
    await page.mouse.down();
    await page.mouse.move(to.x, to.y, { steps: 4 });
    await page.mouse.up();
    await expect.poll(row).not.toBe(before);

    expect(await brightShare(plane, FRAME, 128)).toBeLessThan(0.12);
    await press(plane, "Contrast");
    const panel = plane.getByRole("dialog", { name: "Contrast" });
    await panel.getByRole("textbox", { name: "Maximum" }).fill("200");
    await panel.getByRole("textbox", { name: "Maximum" }).press("Enter");
    await page.keyboard.press("Escape");
    await page.mouse.move(2, 2);
    await expect.poll(() => brightShare(plane, FRAME, 128)).toBeGreaterThan(0.25);
    await page.getByRole("slider").first().press("ArrowLeft");
    await expectMoves(plane, FRAME);
    expect(await brightShare(plane, FRAME, 128)).toBeGreaterThan(0.25);
    expectNoError(notebook);
  });
});

test("scene.py: a click on a base tells what it is, and the slider unwinds the helix", async ({ page, open }) => {
  const notebook = await open(join(NOTEBOOKS, "scene.py"));
  await expectLive(page);
  const view = picture(page, "DNA");
  const frame = { width: 720, height: 400 };
  const told = page.getByText(/pair \d+ of 40/);
  await expect(told).toHaveText("A with T, pair 21 of 40");
  const isBall = ({ color }: Dot): boolean => Math.max(...color) - Math.min(...color) > 90;
  let balls: Dot[] = [];
  await expect.poll(async () => (balls = (await dots(view, frame, 6)).filter(isBall)).length).toBeGreaterThan(40);
  // Not the one in the middle, which is told of at first.
  const last = balls.filter(({ x }) => x < 0.9 * frame.width).toSorted((one, other) => other.x - one.x)[0];
  if (last === undefined) throw new Error("no base can be seen");
  await click(view, frame, last);
  await expect(told).not.toHaveText(/pair 21 of 40/);

  const heights = async (): Promise<string> =>
    String((await dots(view, frame, 6)).filter(isBall).map(({ x, y }) => [x, y]));
  const twisted = await heights();
  await page.getByRole("slider").focus();
  await page.getByRole("slider").press("Home");
  await expect.poll(heights).not.toBe(twisted);
  expectNoError(notebook);
});

test("video_plot.py: a click in the film plots another place, and the slider shows another moment", async ({
  page,
  open,
}) => {
  const notebook = await open(join(NOTEBOOKS, "video_plot.py"));
  await expectLive(page);
  const view = picture(page, "Scene");
  const frame = { width: 720, height: 600 };
  const told = page.getByText(/Row \d+, column \d+/);
  const before = await told.innerText();
  await click(view, frame, { x: 360, y: 120 });
  await expect(told).not.toHaveText(before);

  const film = async (): Promise<string> => String((await dots(view, frame, 12)).map(({ color }) => color));
  const moment = await film();
  await page.getByRole("slider").focus();
  await page.getByRole("slider").press("End");
  await expect.poll(film).not.toBe(moment);
  expectNoError(notebook);
});
