import type { Locator } from "@playwright/test";
import { viewerFacts } from "./support/card_server.ts";
import { Pixels } from "./support/png.ts";
import { boxOf, expectLive, expectMoving, views } from "./support/screen.ts";
import type { Notebook } from "./support/test.ts";
import { expect, test } from "./support/test.ts";

const FRAME = { width: 320, height: 180 };

interface Told {
  readonly paused?: boolean;
  readonly codec?: string;
  readonly stats?: { readonly codec: string; readonly framesDisplayed: number };
}

/** The last value of a trait that the page told Python of. */
function told<Name extends keyof Told>(notebook: Notebook, name: Name): Told[Name] | undefined {
  return notebook.facts<Told>("told").findLast((fact) => name in fact)?.[name];
}

/** Has Python set traits, one after the other, once each. */
class Python {
  readonly #notebook: Notebook;
  readonly #said: [string, unknown][] = [];

  constructor(notebook: Notebook) {
    this.#notebook = notebook;
  }

  set(name: string, value: unknown): void {
    this.#said.push([name, value]);
    this.#notebook.wish({ set: this.#said });
  }
}

/** The name of the card's stream: a session that is just over may still have streams in the same hub. */
function ownStream(notebook: Notebook): string | undefined {
  return / (.*)/.exec(notebook.facts<string>("ran").find((fact) => fact.startsWith("mentions ")) ?? "")?.[1];
}

/** Wait until the server sends frames to the one viewer of the card, or keeps them. */
async function expectSent(notebook: Notebook, isSent: boolean): Promise<void> {
  const { port, token } = notebook.hub;
  const isVisible = async (): Promise<boolean[]> =>
    (await viewerFacts(port, token, ownStream(notebook))).map(({ visible }) => visible);
  await expect.poll(isVisible).toEqual([isSent]);
}

for (const presenter of ["page", "worker"] as const) {
  test(`what Python and a person choose, the other hears of, and no cell runs for it; the ${presenter} presents`, async ({
    page,
    open,
  }) => {
    const query: Record<string, string> = presenter === "worker" ? { worker: "" } : {};
    const notebook = await open("choices.py", { query });
    const python = new Python(notebook);
    await expectLive(page, 2);
    const view = views(page).first();
    await view.scrollIntoViewIfNeeded();
    const ran = (): string[] => notebook.facts<string>("ran").filter((fact) => !fact.startsWith("reads"));
    const before = ran();

    await test.step("Python chooses the encoding, on the connection there is", async () => {
      const own = ownStream(notebook);
      expect(await notebook.viewers(own)).toBe(1);
      python.set("codec", "image/png");
      await expect.poll(() => told(notebook, "stats")?.codec).toBe("image/png");
      expect(await notebook.viewers(own)).toBe(1);
    });
    await test.step("a person chooses another, and Python hears", async () => {
      await view.hover();
      await view.getByRole("button", { name: /^Encoding/ }).click();
      await view.getByRole("menuitemradio", { name: /WebP/ }).click();
      await expect.poll(() => told(notebook, "codec")).toBe("image/webp");
      await expect.poll(() => told(notebook, "stats")?.codec).toBe("image/webp");
    });
    await test.step("Python says the same as before, and it counts", async () => {
      python.set("codec", "image/png");
      await expect.poll(() => told(notebook, "stats")?.codec).toBe("image/png");
    });
    await test.step("a person holds the picture, and Python lets it go", async () => {
      await view.hover();
      await view.getByRole("button", { name: /^Pause/ }).click();
      await expect.poll(() => told(notebook, "paused")).toBe(true);
      await expectSent(notebook, false);
      python.set("paused", false);
      await expectMoving(view, FRAME);
    });
    await test.step("Python holds it, and a person lets it go", async () => {
      python.set("paused", true);
      await expectSent(notebook, false);
      await view.hover();
      await view.getByRole("button", { name: /^(Play|Resume)/ }).click();
      await expect.poll(() => told(notebook, "paused")).toBe(false);
      await expectMoving(view, FRAME);
    });
    await test.step("a cell that reads what is seen runs, and no other", async () => {
      python.set("region", [80, 45, 160, 90]);
      const reads = (): string | undefined =>
        notebook.facts<string>("ran").findLast((fact) => fact.startsWith("reads"));
      await expect.poll(reads).toMatch(/reads \(\d+(\.\d+)?, 45\.0, \d+(\.\d+)?, 90\.0\)/);
      expect(ran()).toEqual(before);
    });
  });
}

for (const ratio of [1, 2]) {
  test.describe(`with ${ratio} device pixel${ratio > 1 ? "s" : ""} for each of the page`, () => {
    test.use({ deviceScaleFactor: ratio });

    test("a picture that follows the size of its view is shown pixel by pixel, and never grows by itself", async ({
      page,
      open,
    }) => {
      const notebook = await open("choices.py", { query: { aspect: "frame" } });
      await expectLive(page, 2);
      const view = views(page).last();
      await view.scrollIntoViewIfNeeded();
      const canvasSize = (): Promise<number[]> =>
        view.locator(".rfb-canvas").evaluate((canvas: HTMLCanvasElement) => [canvas.width, canvas.height]);
      await expectMatch(view, ratio, canvasSize);
      const settled = notebook.facts<number[]>("size").at(-1);
      const before = await boxOf(view);
      const rendered = (): number => notebook.facts("size").length;
      const sofar = rendered();
      await expect.poll(rendered).toBeGreaterThan(sofar + 30);
      expect(await boxOf(view)).toEqual(before);
      expect(notebook.facts<number[]>("size").at(-1)).toEqual(settled);
      await page.setViewportSize({ width: 613, height: 700 });
      await expectMatch(view, ratio, canvasSize);
    });
  });
}

/** The picture has as many pixels as the screen has for it, but for an odd one. */
async function expectMatch(view: Locator, ratio: number, canvasSize: () => Promise<number[]>): Promise<void> {
  await expect(async () => {
    const { width, height } = await boxOf(view.locator(".rfb-viewport"));
    const [across = 0, down = 0] = await canvasSize();
    expect(width * ratio - across).toBeGreaterThanOrEqual(0);
    expect(width * ratio - across).toBeLessThan(3);
    expect(Math.abs(height * ratio - down)).toBeLessThan(3);
    expect(await blurredColumns(view, ratio)).toBe(0);
  }).toPass();
}

/** How many columns of a strip in the middle of the view are neither black nor white, or as their neighbour. */
async function blurredColumns(view: Locator, ratio: number): Promise<number> {
  const { x, y, width, height } = await boxOf(view);
  const clip = { x: Math.ceil(x) + 8, y: Math.ceil(y + height / 2), width: Math.floor(width) - 16, height: 4 };
  const strip = Pixels.fromPng(await view.page().screenshot({ clip }));
  expect(strip.width).toBe(clip.width * ratio);
  const column = (at: number): number => strip.at(at, 2)[0];
  return Array.from({ length: strip.width - 1 }, (_, at) => Math.abs(column(at + 1) - column(at))).filter(
    (step) => step < 250,
  ).length;
}
