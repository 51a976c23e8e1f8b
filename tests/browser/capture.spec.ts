import type { Download, Locator, Page } from "@playwright/test";
import { readFile } from "node:fs/promises";
import type { Point } from "./support/card.ts";
import { cardColor, quadrants } from "./support/card.ts";
import { CardServer } from "./support/card_server.ts";
import { PlainPage, unmount } from "./support/plain_page.ts";
import type { Rgb } from "./support/png.ts";
import { Pixels } from "./support/png.ts";
import { Program, freePort } from "./support/process.ts";
import type { Played } from "./support/recording.ts";
import { play } from "./support/recording.ts";
import { boxOf, expectLive, expectMoving, isClose, placeOf, views } from "./support/screen.ts";
import { press, tool } from "./support/tools.ts";
import type { Notebook } from "./support/test.ts";
import { expect, test } from "./support/test.ts";

const NOISE = { width: 200, height: 120 };
const CARD = { width: 320, height: 180 };

test.use({ permissions: ["clipboard-read", "clipboard-write"] });

/** What `captured.py` publishes. */
function noiseAt({ x, y }: Point, number = 0): Rgb {
  const channel = (index: number): number => {
    const mixed = Math.imul(x, 73856093) ^ Math.imul(y, 19349663) ^ Math.imul(index + 3 * number, 83492791);
    return (mixed >>> 8) & 255;
  };
  return [channel(0), channel(1), channel(2)];
}

async function saved(page: Page, work: () => Promise<unknown>): Promise<Download> {
  const [download] = await Promise.all([page.waitForEvent("download"), work()]);
  return download;
}

async function pixelsOf(download: Download): Promise<Pixels> {
  return Pixels.fromPng(await readFile(await download.path()));
}

async function copiedPixels(page: Page): Promise<Pixels> {
  const base64 = await page.evaluate(async () => {
    const [item] = await navigator.clipboard.read();
    const bytes = new Uint8Array((await (await item?.getType("image/png"))?.arrayBuffer()) ?? new ArrayBuffer());
    return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
  });
  return Pixels.fromPng(Buffer.from(base64, "base64"));
}

/** What the canvas of a view holds now. */
async function canvasPixels(view: Locator): Promise<Pixels> {
  const url = await view.locator(".rfb-canvas").evaluate((live: HTMLCanvasElement) => {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [live.width, live.height];
    canvas.getContext("2d")?.drawImage(live, 0, 0);
    return canvas.toDataURL("image/png");
  });
  return Pixels.fromPng(Buffer.from(url.split(",")[1] ?? "", "base64"));
}

/** How many pixels are not those; -1 when the sizes differ. */
function wrong(pixels: Pixels, { width, height }: typeof NOISE, expected: (at: Point) => Rgb | undefined): number {
  if (pixels.width !== width || pixels.height !== height) return -1;
  let count = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const color = expected({ x, y });
      if (color !== undefined && !isClose(pixels.at(x, y), color, 0)) count += 1;
    }
  }
  return count;
}

/** Wait until the notebook has published that noise. */
async function publish(notebook: Notebook, number: number): Promise<void> {
  notebook.wish({ number });
  await expect.poll(() => notebook.facts<number>("numbers").at(-1)).toBe(number);
}

test("a screenshot has the published pixels, on disk and in the clipboard, at both presenters", async ({
  page,
  open,
}) => {
  const notebook = await open("captured.py", { query: { shown: "noise" } });
  await expectLive(page, 2);
  for (const view of await views(page).all()) {
    expect(wrong(await canvasPixels(view), NOISE, noiseAt)).toBeGreaterThan(1000); // what is seen is not it
    const file = await saved(page, () => press(view, "Save a screenshot"));
    expect(file.suggestedFilename()).toMatch(/^noise-\d{4}(-\d\d){5}\.png$/);
    expect(wrong(await pixelsOf(file), NOISE, noiseAt)).toBe(0);
    await expect(view).toContainText(`Saved ${file.suggestedFilename()} and copied`);
    expect(wrong(await copiedPixels(page), NOISE, noiseAt)).toBe(0);
  }

  // Whoever holds the picture wants what they hold, not what was published since.
  const held = views(page).last();
  await press(held, "Pause");
  await publish(notebook, 7);
  const shown = await canvasPixels(held);
  const file = await saved(page, () => press(held, "Save a screenshot"));
  expect(wrong(await pixelsOf(file), NOISE, ({ x, y }) => shown.at(x, y))).toBe(0);
});

/** What the inspector of a view says: place, hexadecimal, decimal and source. */
async function readingOf(view: Locator): Promise<string[]> {
  const lines = view.locator(".rfb-inspector-text > *");
  return (await lines.allTextContents()).map((text) => text.replace(/\s+/g, " ").trim());
}

function reading({ x, y }: Point, [red, green, blue]: Rgb, source = "as published"): string[] {
  const hex = [red, green, blue].map((channel) => channel.toString(16).padStart(2, "0")).join("");
  return [`x ${x} y ${y}`, `#${hex}`, `${red} ${green} ${blue}`, source];
}

async function expectReading(view: Locator, expected: string[]): Promise<void> {
  await expect.poll(() => readingOf(view)).toEqual(expected);
}

/** The colours in the magnifier, row by row; undefined where it is transparent. */
function magnified(view: Locator): Promise<(Rgb | undefined)[]> {
  return view.locator(".rfb-inspector-lens canvas").evaluate((canvas: HTMLCanvasElement) => {
    const { data = [] } = canvas.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height) ?? {};
    return Array.from({ length: data.length / 4 }, (_, index) => {
      const [red = 0, green = 0, blue = 0, alpha] = data.slice(4 * index, 4 * index + 4);
      return alpha === 0 ? undefined : ([red, green, blue] as const);
    });
  });
}

/** The noise around a pixel, as the magnifier has it. */
function around(middle: Point): (Rgb | undefined)[] {
  return Array.from({ length: 121 }, (_, index) => {
    const at = { x: middle.x - 5 + (index % 11), y: middle.y - 5 + Math.floor(index / 11) };
    const isInside = at.x >= 0 && at.y >= 0 && at.x < NOISE.width && at.y < NOISE.height;
    return isInside ? noiseAt(at) : undefined;
  });
}

test("the inspector says the published colour of the pixel under the pointer, at both presenters", async ({
  page,
  open,
}) => {
  const notebook = await open("captured.py", { query: { shown: "noise" } });
  await expectLive(page, 2);
  for (const [index, view] of (await views(page).all()).entries()) {
    await press(view, "Inspect pixels");
    const point = { x: 61, y: 83 };
    const shown = await canvasPixels(view);
    expect(isClose(shown.at(point.x, point.y), noiseAt(point), 0)).toBe(false); // what is seen is not it
    for (const each of [point, { x: 1, y: 2 }, { x: NOISE.width - 1, y: NOISE.height - 3 }]) {
      const { x, y } = await placeOf(view, NOISE, each);
      await page.mouse.move(x, y);
      await expectReading(view, reading(each, noiseAt(each)));
      expect(await magnified(view)).toEqual(around(each));
      const [root, inspector] = [await boxOf(view), await boxOf(view.locator(".rfb-inspector"))];
      expect(inspector.x).toBeGreaterThanOrEqual(root.x);
      expect(inspector.y).toBeGreaterThanOrEqual(root.y);
      expect(inspector.x + inspector.width).toBeLessThanOrEqual(root.x + root.width);
      expect(inspector.y + inspector.height).toBeLessThanOrEqual(root.y + root.height);
    }
    await expect(view.locator(".rfb-viewport")).toHaveCSS("cursor", "crosshair");

    // What is published anew is read anew, without a move.
    const place = await placeOf(view, NOISE, point);
    await page.mouse.move(place.x, place.y);
    await publish(notebook, index + 1);
    await expectReading(view, reading(point, noiseAt(point, index + 1)));
    await publish(notebook, 0);
    await expectReading(view, reading(point, noiseAt(point)));

    // Clicks go on to Python.
    await page.mouse.click(place.x, place.y);
    const clicks = (): object[] =>
      notebook.facts<Point & { type: string }>("events").filter(({ type }) => type === "pointer_down");
    await expect.poll(() => clicks().length).toBe(index + 1);
    expect(clicks()[index]).toMatchObject(point);

    await page.mouse.move(1, 1);
    await expect(view.locator(".rfb-inspector")).toHaveCount(0);
    await press(view, "Inspect pixels");
    await page.mouse.move(place.x, place.y);
    await expect(view.locator(".rfb-viewport")).not.toHaveCSS("cursor", "crosshair");
    await expect(view.locator(".rfb-inspector")).toHaveCount(0);
  }
});

test("the inspector is moved by the arrow keys, finds its pixel when zoomed, and says when the picture is held", async ({
  page,
  open,
}) => {
  const notebook = await open("captured.py", { query: { shown: "noise" } });
  await expectLive(page, 2);
  const view = views(page).first();
  await press(view, "Inspect pixels");
  await page.mouse.move(1, 1);
  await view.locator(".rfb-canvas").focus();
  await page.keyboard.press("ArrowLeft"); // shows where one is: in the middle
  const middle = { x: NOISE.width / 2, y: NOISE.height / 2 };
  await expectReading(view, reading(middle, noiseAt(middle)));
  for (const key of ["ArrowRight", "Shift+ArrowUp", "ArrowDown"]) await page.keyboard.press(key);
  const point = { x: middle.x + 1, y: middle.y - 9 };
  const [red, green, blue] = noiseAt(point);
  await expectReading(view, reading(point, noiseAt(point)));
  await expect(view.locator(".rfb-inspector-words")).toContainText(
    `x ${point.x}, y ${point.y}: red ${red}, green ${green}, blue ${blue}`,
  );
  await page.keyboard.press("a"); // every other key is Python's
  const keys = (): string[] =>
    notebook
      .facts<{ type: string; key: string }>("events")
      .flatMap(({ type, key }) => (type === "key_down" ? key : []));
  await expect.poll(keys).toEqual(["Shift", "a"]);

  await page.mouse.move(1, 1);
  for (const _ of [1, 2, 3]) await press(view, "Zoom in");
  const { x, y, width, height } = await boxOf(view.locator(".rfb-viewport"));
  const scale = (1.5 ** 3 * height) / NOISE.height;
  const zoomed = { x: 106, y: 53 };
  const place = {
    x: x + width / 2 + (zoomed.x + 0.5 - NOISE.width / 2) * scale,
    y: y + height / 2 + (zoomed.y + 0.5 - NOISE.height / 2) * scale,
  };
  await page.mouse.move(place.x, place.y);
  await expectReading(view, reading(zoomed, noiseAt(zoomed)));

  await press(view, "Pause");
  await publish(notebook, 3);
  await page.mouse.move(place.x, place.y);
  const shown = (await canvasPixels(view)).at(zoomed.x, zoomed.y);
  await expectReading(view, reading(zoomed, shown, "as shown"));
});

/** Record for some time, and say how long it was: at least and at most, seconds. */
async function record(page: Page, view: Locator): Promise<{ file: Download; leastS: number; mostS: number }> {
  await view.hover();
  const beforeMs = Date.now();
  await tool(view, "Record").click();
  await expect(tool(view, "Record")).toHaveAttribute("aria-pressed", "true");
  const startedMs = Date.now();
  await page.waitForTimeout(2_500); // the length of the film is what is looked at
  const endingMs = Date.now();
  const file = await saved(page, () => press(view, "Record"));
  await expect(tool(view, "Record")).toHaveAttribute("aria-pressed", "false");
  return { file, leastS: (endingMs - startedMs) / 1000, mostS: (Date.now() - beforeMs) / 1000 };
}

function expectFilm(film: Played, bounds: { leastS: number; mostS: number }): void {
  expect([film.width, film.height]).toEqual([CARD.width, CARD.height]);
  expect(film.durationS).toBeGreaterThanOrEqual(bounds.leastS - 0.1);
  expect(film.durationS).toBeLessThanOrEqual(bounds.mostS + 0.1);
  expect(film.seekableS).toBe(film.durationS);
  for (const { colors } of film.stills) {
    for (const [index, { color }] of quadrants(CARD).entries()) {
      expect(isClose(colors[index] ?? [0, 0, 0], color, 12), `${colors[index]} is not ${color}`).toBe(true);
    }
  }
}

test("a recording plays, is as long as it took, and shows what was seen, at both presenters", async ({
  page,
  open,
}) => {
  await open("captured.py", { query: { shown: "card" } });
  await expectLive(page, 2);
  for (const view of await views(page).all()) {
    const { file, ...bounds } = await record(page, view);
    expect(file.suggestedFilename()).toMatch(/^card-\d{4}(-\d\d){5}\.(mp4|webm)$/);
    const film = await play(page, file, CARD);
    expectFilm(film, bounds);
    const counts = film.stills.map(({ count }) => count);
    expect(counts).toEqual(counts.toSorted((a, b) => a - b));
    expect(new Set(counts).size).toBe(3);
    expect(film.presented).toBeGreaterThan(10);
  }
});

let plain: PlainPage;

test.beforeAll(async () => {
  plain = await PlainPage.start();
});

test.afterAll(() => plain.stop());

test.describe("of a server of its own", () => {
  let server: CardServer;

  test.beforeEach(async () => {
    server = await CardServer.start();
  });

  test.afterEach(() => server.kill());

  async function mount(page: Page, onPage: boolean): Promise<Locator> {
    const { url, token } = server;
    await plain.mount(page, { url, token, height: 180, main_thread_present: onPage });
    await expectLive(page);
    return views(page);
  }

  test("without MP4 a recording is a WebM that knows its length; a picture that rests lasts as long", async ({
    page,
  }) => {
    await page.addInitScript(() => {
      const isSupported = MediaRecorder.isTypeSupported.bind(MediaRecorder);
      MediaRecorder.isTypeSupported = (type) => !type.includes("mp4") && isSupported(type);
    });
    const view = await mount(page, true);
    await press(view, "Pause");
    const { file, ...bounds } = await record(page, view);
    expect(file.suggestedFilename()).toMatch(/\.webm$/);
    const film = await play(page, file, CARD);
    expectFilm(film, bounds);
    expect(new Set(film.stills.map(({ count }) => count)).size).toBe(1);
  });

  for (const onPage of [true, false]) {
    const where = onPage ? "the page" : "the worker";
    const ends = {
      "its view is removed": (page: Page) => unmount(page),
      "the connection is lost": () => server.kill(),
    };
    for (const [when, end] of Object.entries(ends)) {
      test(`a recording is saved when ${when}; ${where} presents`, async ({ page }) => {
        const view = await mount(page, onPage);
        await press(view, "Record");
        await expect(tool(view, "Record")).toHaveAttribute("aria-pressed", "true");
        await expectMoving(view, CARD);
        const file = await saved(page, () => end(page));
        const film = await play(page, file, CARD);
        expect([film.width, film.height]).toEqual([CARD.width, CARD.height]);
        const [first, , last] = film.stills.map(({ count }) => count);
        expect(last).toBeGreaterThan(first ?? 0);
      });
    }
  }
});

for (const onPage of [true, false]) {
  test(`of an older server a screenshot and the inspector have what is shown; ${onPage ? "the page" : "the worker"} presents`, async ({
    page,
  }) => {
    const port = await freePort();
    const old = new Program(["-m", "serve_old", `--port=${port}`]);
    try {
      await old.answers(`http://127.0.0.1:${port}/health`);
      await plain.mount(page, { url: `ws://127.0.0.1:${port}/default`, height: 180, main_thread_present: onPage });
      await expectLive(page);
      const view = views(page);
      const file = await saved(page, () => press(view, "Save a screenshot"));
      expect(wrong(await pixelsOf(file), CARD, (at) => cardColor(CARD, at))).toBe(0);
      await press(view, "Inspect pixels");
      // The lower ones: over the others lie the tools.
      for (const { x, y, color } of quadrants(CARD).slice(2)) {
        const place = await placeOf(view, CARD, { x, y });
        await page.mouse.move(place.x, place.y);
        await expectReading(view, reading({ x, y }, color, "as shown"));
      }
    } finally {
      await old.kill();
    }
  });
}
