import type { Locator, Page } from "@playwright/test";
import { boxOf, expectLive, views } from "./support/screen.ts";
import { point, press, tool, wake } from "./support/tools.ts";
import type { Notebook } from "./support/test.ts";
import { expect, test } from "./support/test.ts";

const FRAME = { width: 640, height: 360 };

function chosen<T>(notebook: Notebook, name: "paused" | "codec"): (T | undefined)[] {
  return notebook
    .facts<Record<string, T>>("chosen")
    .filter((each) => name in each)
    .map((each) => each[name]);
}

/** Wait until the canvas is so many times as large as the fitted picture. */
async function expectZoom(view: Locator, zoom: number): Promise<void> {
  const { width, height } = await boxOf(view.locator(".rfb-viewport"));
  const fitted = Math.min(width, height * (FRAME.width / FRAME.height));
  await expect.poll(async () => (await boxOf(view.locator("canvas"))).width / fitted).toBeCloseTo(zoom, 2);
}

async function proportion(locator: Locator): Promise<number> {
  const { width, height } = await boxOf(locator);
  return width / height;
}

async function shownFrames(view: Locator): Promise<number> {
  return Number.parseInt((await reading(view, "Shown").textContent()) ?? "", 10);
}

function reading(view: Locator, label: string): Locator {
  return view.locator(".rfb-stats > div").filter({ hasText: label }).locator(".rfb-stat-value");
}

test("each control of the toolbar does its work, whoever presents", async ({ page, open }) => {
  const notebook = await open("viewer.py");
  await expectLive(page, 2);
  for (const [index, view] of (await views(page).all()).entries()) {
    await view.scrollIntoViewIfNeeded();

    await press(view, "Measurements");
    await expect(tool(view, "Measurements")).toHaveAttribute("aria-pressed", "true");
    await expect.poll(() => shownFrames(view)).toBeGreaterThan(0);
    await expect(reading(view, "Latency")).toHaveText(/^\d+ ms$/);
    await expect(reading(view, "Size")).toHaveText("640 × 360");
    await expect(view.locator(".rfb-badge")).toHaveText(/^\d+ ms$/);

    await press(view, "Pause");
    await expect(view.locator(".rfb-status")).toHaveText("paused");
    await expect.poll(() => chosen(notebook, "paused")).toEqual([...pauses(index), true]);
    await expect.poll(() => shownFrames(view)).toBe(0);
    await press(view, "Play");
    await expect(view.locator(".rfb-status")).toHaveText("live");
    await expect.poll(() => chosen(notebook, "paused")).toEqual([...pauses(index), true, false]);
    await expect.poll(() => shownFrames(view)).toBeGreaterThan(0);

    const [canvas, viewport] = [view.locator("canvas"), view.locator(".rfb-viewport")];
    await press(view, /^Fit: contain/);
    await expect.poll(() => proportion(canvas)).toBeCloseTo(16 / 9, 2);
    expect((await boxOf(canvas)).height).toBeGreaterThan((await boxOf(viewport)).height);
    await press(view, /^Fit: cover/);
    await expect.poll(async () => proportion(canvas)).toBeCloseTo(await proportion(viewport), 2);
    expect((await boxOf(canvas)).height).toBe((await boxOf(viewport)).height);
    await press(view, /^Fit: fill/);
    await expectZoom(view, 1);

    await expect(tool(view, "Zoom out")).toHaveAttribute("aria-disabled", "true");
    await press(view, "Zoom in");
    await expectZoom(view, 1.5);
    await press(view, "Zoom in");
    await expectZoom(view, 2.25);
    await press(view, "Zoom out");
    await expect(tool(view, "Reset zoom, 150% now")).toHaveText("150%");
    await expectZoom(view, 1.5);
    await press(view, /^Reset zoom/);
    await expectZoom(view, 1);
    await expect(tool(view, /^Reset zoom/)).toHaveAttribute("aria-disabled", "true");

    await press(view, "Encoding");
    await expect(page.getByRole("menuitemradio")).toHaveText(["Automatic", "JPEG", "PNG, lossless", "WebP"]);
    await expect(page.getByRole("menuitemradio", { checked: true })).toHaveText("Automatic");
    await page.getByRole("menuitemradio", { name: "PNG" }).click();
    await expect(page.getByRole("menu")).toHaveCount(0);
    await expect.poll(() => chosen(notebook, "codec").at(-1)).toBe("image/png");
    await expect(reading(view, "Codec")).toHaveText("PNG, lossless");
    await press(view, "Encoding");
    await page.getByRole("menuitemradio", { name: "Automatic" }).click();
    await expect.poll(() => chosen(notebook, "codec").at(-1)).toBe("");
    await expect(reading(view, "Codec")).toHaveText("JPEG, now lossless");

    await press(view, "Inspect pixels");
    await expect(view).toHaveClass(/rfb-inspecting/);
    await point(view);
    await expect(view.locator(".rfb-toolbar")).toHaveCSS("opacity", "0"); // it would lie over the pixels
    await point(view, "top");
    await tool(view, "Inspect pixels").click();
    await expect(view).not.toHaveClass(/rfb-inspecting/);

    await press(view, "Measurements");
    await expect(view.locator(".rfb-hud")).toBeHidden();
  }
  expect(notebook.facts("events").length).toBeGreaterThan(0); // of the pointer on its way
  const types = new Set(notebook.facts<{ type: string }>("events").map(({ type }) => type));
  expect(types.has("pointer_down"), "a press on a control is none on the picture").toBe(false);
});

/** What the views before this one told of pausing. */
function pauses(index: number): boolean[] {
  return Array.from({ length: index }, () => [true, false]).flat();
}

test("files are saved, full screen is filled, and a word says what came of it", async ({ page, open }) => {
  await open("viewer.py");
  await expectLive(page, 2);
  for (const view of await views(page).all()) {
    await view.scrollIntoViewIfNeeded();
    const toast = view.locator(".rfb-toast");
    const saves = async (name: string): Promise<string> => {
      const saved = page.waitForEvent("download");
      await press(view, name);
      return (await saved).suggestedFilename();
    };

    const picture = await saves("Save a screenshot");
    expect(picture).toMatch(/\.png$/);
    await expect(toast).toContainText(`Saved ${picture}`);

    await press(view, "Record");
    await expect(tool(view, "Record")).toHaveAttribute("aria-pressed", "true");
    await expect(view.locator(".rfb-recording")).toHaveText("0:01"); // also after the toolbar went away
    const film = await saves("Record");
    expect(film).toMatch(/\.(webm|mp4)$/);
    await expect(toast).toHaveText(`Saved ${film}`);
    await expect(view.locator(".rfb-recording")).toBeHidden();
    await expect(tool(view, "Record")).toHaveAttribute("aria-pressed", "false");

    const before = await boxOf(view);
    await press(view, "Full screen");
    const screen = await page.evaluate(() => [innerWidth, innerHeight]);
    await expect.poll(() => sizeOf(view)).toEqual(screen);
    await expect(tool(view, "Full screen")).toHaveAttribute("aria-pressed", "true");
    await press(view, "Full screen");
    await expect.poll(() => sizeOf(view)).toEqual([before.width, before.height]);
  }
});

async function sizeOf(view: Locator): Promise<number[]> {
  const { width, height } = await boxOf(view);
  return [width, height];
}

declare global {
  interface Window {
    /** What the page asked its worker last: whether to tell what is measured. */
    isMeasured: boolean;
  }
}

/** Note what the page asks its workers. */
async function noteMeasuring(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const post = Worker.prototype.postMessage;
    Worker.prototype.postMessage = function (message: unknown, ...rest: unknown[]) {
      const asked = message as { type?: string; watching?: boolean };
      if (asked.type === "watch") window.isMeasured = asked.watching ?? false;
      return Reflect.apply(post, this, [message, ...rest]) as undefined;
    };
  });
}

test("what nobody points at goes away, and what Python sets comes and goes at once", async ({ page, open }) => {
  await noteMeasuring(page);
  const isMeasured = (): Promise<boolean> => page.evaluate(() => window.isMeasured);
  const notebook = await open("viewer.py", { query: { traits: '[{"height": 240}]' } });
  await expectLive(page);
  const view = views(page);
  const [toolbar, badge, canvas] = [".rfb-toolbar", ".rfb-badge", "canvas"].map((each) => view.locator(each));
  if (!toolbar || !badge || !canvas) throw new Error("no such parts");
  const place = await boxOf(canvas);
  await expect(toolbar).toHaveCSS("opacity", "0");

  await wake(view);
  await expect(badge).toHaveCSS("opacity", "1");
  expect(await isMeasured()).toBe(true);
  await page.mouse.down();
  await expect(toolbar).toHaveCSS("opacity", "0");
  await page.mouse.up();
  await expect(toolbar).toHaveCSS("opacity", "1");
  await expect(toolbar).toHaveCSS("opacity", "0"); // by itself
  await expect(badge).toHaveCSS("opacity", "0");
  expect(await isMeasured(), "while nobody can see what is measured").toBe(false);

  await wake(view);
  await page.mouse.move(2, 2);
  await expect(toolbar).toHaveCSS("opacity", "0");
  expect(await boxOf(canvas)).toEqual(place);

  await wake(view);
  notebook.wish({ traits: { toolbar: ["hud", "zoom_in", "play"], show_stats: true } });
  await expect(toolbar.getByRole("button")).toHaveCount(3);
  const names = await toolbar.getByRole("button").evaluateAll((all) => all.map((each) => each.ariaLabel));
  expect(names).toEqual(["Measurements", "Zoom in", "Pause"]);
  await expect(view.locator(".rfb-hud")).toBeVisible();
  await press(view, "Measurements");
  await expect(view.locator(".rfb-hud")).toBeHidden();
  notebook.wish({ traits: { show_toolbar: false, show_stats: false } });
  await expect(toolbar).toBeHidden();
  expect(await boxOf(canvas)).toEqual(place);
});

test.describe("with a finger", () => {
  test.use({ hasTouch: true });

  test("a touch brings the controls, and one on a control is none on the picture", async ({ page, open }) => {
    const notebook = await open("viewer.py", { query: { traits: '[{"height": 240}]' } });
    await expectLive(page);
    const view = views(page);
    const { x, y, width, height } = await boxOf(view);
    await expect(view.locator(".rfb-toolbar")).toHaveCSS("opacity", "0");
    await page.touchscreen.tap(x + width / 2, y + height / 2);
    await expect(view.locator(".rfb-toolbar")).toHaveCSS("opacity", "1");
    const downs = (): number =>
      notebook.facts<{ type: string }>("events").filter(({ type }) => type === "pointer_down").length;
    await expect.poll(downs).toBe(1);
    await tool(view, "Pause").tap();
    await expect(view.locator(".rfb-status")).toHaveText("paused");
    await expect(view.locator(".rfb-toolbar")).toHaveCSS("opacity", "0"); // a finger does not stay
    expect(downs()).toBe(1);
  });
});

/** Which of `inner` are not all within `outer`, or lie over one another. */
async function misplaced(view: Locator): Promise<string[]> {
  return view.evaluate((root) => {
    const outer = root.getBoundingClientRect();
    const shown = [...root.querySelectorAll(".rfb-button")].filter((each) => each.checkVisibility());
    const buttons = shown.map((each) => ({
      name: each.ariaLabel ?? "",
      rect: each.getBoundingClientRect(),
    }));
    const wrong = buttons.filter(
      ({ rect }) =>
        rect.left < outer.left || rect.right > outer.right || rect.top < outer.top || rect.bottom > outer.bottom,
    );
    const [hud, bar] = [".rfb-hud", ".rfb-toolbar"].map((each) => root.querySelector(each)?.getBoundingClientRect());
    const said = wrong.map(({ name }) => `${name} is cut`);
    if (hud && bar && hud.top < bar.bottom && hud.bottom > bar.top && hud.right > bar.left) said.push("panel over bar");
    if (hud && hud.width * hud.height > 0.5 * outer.width * outer.height) said.push("panel over picture");
    return said;
  });
}

test("from 240 to 1400 pixels of width, and 120 of height, all controls can be reached", async ({ page, open }) => {
  await page.setViewportSize({ width: 1700, height: 700 });
  const notebook = await open("viewer.py", { query: { traits: '[{"show_stats": true}]' } });
  await expectLive(page);
  const view = views(page);
  for (const [width, height] of [
    [240, 120],
    [240, 480],
    [320, 240],
    [480, 120],
    [700, 360],
    [1000, 120],
    [1400, 480],
  ] as const) {
    notebook.wish({ traits: { width, height } });
    await expect.poll(() => sizeOf(view)).toEqual([width, height]);
    await wake(view);
    expect(await misplaced(view), `${width} x ${height}`).toEqual([]);
    await tool(view, "Measurements").hover();
    const [tip, rim] = [await boxOf(view.locator(".rfb-tooltip")), await boxOf(view)];
    expect(tip.x).toBeGreaterThanOrEqual(rim.x);
    expect(tip.x + tip.width).toBeLessThanOrEqual(rim.x + rim.width);
    expect(tip.y + tip.height).toBeLessThanOrEqual(rim.y + rim.height);
    await press(view, "Encoding");
    const menu = await boxOf(page.getByRole("menu"));
    expect(menu.x).toBeGreaterThanOrEqual(rim.x);
    expect(menu.y + menu.height).toBeLessThanOrEqual(rim.y + rim.height);
    await page.keyboard.press("Escape");
  }
});
