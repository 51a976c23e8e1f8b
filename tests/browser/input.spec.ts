import type { Locator, Page } from "@playwright/test";
import type { Point } from "./support/card.ts";
import type { Fit } from "./support/screen.ts";
import { boxOf, expectLive, placeOf, views } from "./support/screen.ts";
import type { Notebook } from "./support/test.ts";
import { expect, test } from "./support/test.ts";

const FRAME = { width: 320, height: 180 };
const FITS: readonly Fit[] = ["contain", "cover", "fill"];

interface Event {
  readonly type: string;
  readonly x: number;
  readonly y: number;
  readonly inside: boolean;
  readonly button: number;
  readonly buttons: readonly number[];
  readonly modifiers: readonly string[];
  readonly touches: Readonly<Record<string, Point>>;
  readonly dx: number;
  readonly dy: number;
  readonly key: string;
  readonly code: string;
  readonly data: string;
}

function events(notebook: Notebook, type: string): Event[] {
  return notebook.facts<Event>("events").filter((event) => event.type === type);
}

/** Wait until Python has got `count` events of a type, and return the last one. */
async function expectEvents(notebook: Notebook, type: string, count: number): Promise<Event> {
  await expect.poll(() => events(notebook, type).length, { message: `${type} events in Python` }).toBe(count);
  return events(notebook, type).at(-1) as Event;
}

function expectNear(event: Point, point: Point): void {
  expect(Math.abs(event.x - point.x), `x is ${event.x} and not ${point.x}`).toBeLessThanOrEqual(1);
  expect(Math.abs(event.y - point.y), `y is ${event.y} and not ${point.y}`).toBeLessThanOrEqual(1);
}

async function clickFrame(page: Page, view: Locator, point: Point, fit: Fit = "contain"): Promise<void> {
  const { x, y } = await placeOf(view, FRAME, point, fit);
  await page.mouse.click(x, y);
}

for (const ratio of [1, 2]) {
  test.describe(`with ${ratio} device pixel${ratio > 1 ? "s" : ""} for each of the page`, () => {
    test.use({ deviceScaleFactor: ratio });

    test("a click arrives in Python where it was made, whatever the fit and the presenter", async ({ page, open }) => {
      const notebook = await open("views.py", {
        query: { views: "pppw", fit: [...FITS, "contain"].join(), height: "150" },
      });
      await expectLive(page, 4);
      let count = 0;
      for (const [index, view] of (await views(page).all()).entries()) {
        const fit = FITS[index % 3] as Fit;
        for (const point of [
          { x: 40, y: 70 },
          { x: 300, y: 120 },
        ]) {
          await clickFrame(page, view, point, fit);
          count += 1;
          const event = await expectEvents(notebook, "pointer_down", count);
          expectNear(event, point);
          expect(event).toMatchObject({ inside: true, button: 1, buttons: [1] });
        }
      }
      await expectEvents(notebook, "pointer_up", count);
    });
  });
}

test("a click beside the picture is outside", async ({ page, open }) => {
  const notebook = await open("views.py");
  await expectLive(page);
  await views(page).click({ position: { x: 5, y: 100 } });
  const event = await expectEvents(notebook, "pointer_down", 1);
  expect(event.inside).toBe(false);
  expect(event.x).toBeLessThan(0);
});

test("a click arrives right after the page was scrolled", async ({ page, open }) => {
  const notebook = await open("views.py", { query: { layout: "tall" } });
  await expectLive(page, 1);
  await views(page).scrollIntoViewIfNeeded();
  const before = await boxOf(views(page));
  await page.mouse.move(20, 300);
  await page.mouse.wheel(0, 120);
  await expect.poll(async () => (await boxOf(views(page))).y).toBeLessThan(before.y - 50);
  await expect.poll(async () => (await boxOf(views(page))).y - (await boxOf(views(page))).y).toBe(0);
  await clickFrame(page, views(page), { x: 222, y: 133 });
  expectNear(await expectEvents(notebook, "pointer_down", 1), { x: 222, y: 133 });
});

test("a drag goes on outside of the view until the button is up", async ({ page, open }) => {
  const notebook = await open("views.py");
  await expectLive(page);
  const start = await placeOf(views(page), FRAME, { x: 100, y: 90 });
  const end = await placeOf(views(page), FRAME, { x: 100, y: 400 });
  await page.mouse.move(start.x, start.y);
  await page.mouse.down();
  await page.mouse.move(start.x, start.y + 20);
  await page.mouse.move(end.x, end.y);
  await page.mouse.up();
  const up = await expectEvents(notebook, "pointer_up", 1);
  expectNear(up, { x: 100, y: 400 });
  expect(up).toMatchObject({ inside: false, button: 1, buttons: [] });
  const dragged = events(notebook, "pointer_move").filter(({ buttons }) => buttons.length > 0);
  expect(dragged.at(-1)).toMatchObject({ inside: false, buttons: [1] });
});

test("buttons, modifiers and double clicks arrive as renderview has them, and there is no menu", async ({
  page,
  open,
}) => {
  const notebook = await open("views.py");
  await expectLive(page);
  await page.evaluate(() => {
    window.addEventListener("contextmenu", (event) => (document.title = event.defaultPrevented ? "none" : "menu"));
  });
  await views(page).click({ button: "right" });
  expect(await expectEvents(notebook, "pointer_down", 1)).toMatchObject({ button: 2, buttons: [2], modifiers: [] });
  await expect(page).toHaveTitle("none");
  await views(page).click({ button: "middle" });
  expect(await expectEvents(notebook, "pointer_down", 2)).toMatchObject({ button: 3, buttons: [3] });
  await views(page).click({ modifiers: ["Shift", "Alt"] });
  expect(await expectEvents(notebook, "pointer_down", 3)).toMatchObject({ button: 1, modifiers: ["Shift", "Alt"] });
  await views(page).click({ modifiers: ["Control"] });
  expect(await expectEvents(notebook, "pointer_down", 4)).toMatchObject({ button: 1, modifiers: ["Control"] });

  expect(events(notebook, "double_click")).toEqual([]);
  const { x, y } = await placeOf(views(page), FRAME, { x: 80, y: 60 });
  await page.mouse.dblclick(x, y);
  const event = await expectEvents(notebook, "double_click", 1);
  expectNear(event, { x: 80, y: 60 });
  expect(event.button).toBe(1);
  await expectEvents(notebook, "pointer_down", 6);
});

test("the wheel scrolls the page, until somebody works in the picture", async ({ page, open }) => {
  const notebook = await open("views.py");
  await expectLive(page);
  const { x, y } = await placeOf(views(page), FRAME, { x: 200, y: 100 });
  const top = (await boxOf(views(page))).y;
  await page.mouse.move(x, y);
  await page.mouse.wheel(0, 60);
  await expect.poll(async () => (await boxOf(views(page))).y).toBeLessThan(top);
  await page.mouse.wheel(0, -60);
  await expect.poll(async () => (await boxOf(views(page))).y).toBe(top);
  expect(events(notebook, "wheel")).toEqual([]);

  await page.mouse.click(x, y);
  await expectEvents(notebook, "focus_in", 1);
  await page.mouse.wheel(0, 60);
  await expect.poll(() => events(notebook, "wheel").reduce((sum, { dy }) => sum + dy, 0)).toBe(60);
  expectNear(events(notebook, "wheel")[0] as Event, { x: 200, y: 100 });
  expect((await boxOf(views(page))).y).toBe(top);
});

test("in marimo edit, keys typed into the picture reach Python and no shortcut of the notebook", async ({
  page,
  open,
}) => {
  const notebook = await open("views.py", { mode: "edit" });
  await expectLive(page);
  const palette = page.getByPlaceholder(/type to search/i);
  await page.keyboard.press("Control+k");
  await expect(palette).toBeVisible(); // so the shortcut works when the picture has no focus
  await page.keyboard.press("Escape");
  await expect(palette).toBeHidden();

  await views(page).scrollIntoViewIfNeeded();
  await views(page).click();
  await expectEvents(notebook, "focus_in", 1);
  await page.keyboard.press("a");
  await page.keyboard.press("Shift+B");
  await page.keyboard.press("Control+k");
  await page.keyboard.press("ArrowLeft");
  await expectEvents(notebook, "key_up", 6);
  const downs = events(notebook, "key_down").map(({ key, code, modifiers }) => [key, code, ...modifiers]);
  expect(downs).toEqual([
    ["a", "KeyA"],
    ["Shift", "ShiftLeft", "Shift"],
    ["B", "KeyB", "Shift"],
    ["Control", "ControlLeft", "Control"],
    ["k", "KeyK", "Control"],
    ["ArrowLeft", "ArrowLeft"],
  ]);
  expect(events(notebook, "char").map(({ data }) => data)).toEqual(["a", "B"]);
  await expect(palette).toBeHidden();
});

test("Tab leaves the picture", async ({ page, open }) => {
  const notebook = await open("views.py", { query: { views: "pp" } });
  await expectLive(page, 2);
  await views(page).first().click();
  await expect(views(page).first().locator("canvas")).toBeFocused();
  await page.keyboard.press("Tab");
  await expect(views(page).last().locator("canvas")).toBeFocused();
  await expectEvents(notebook, "focus_out", 1);
  expect(events(notebook, "key_down")).toEqual([]);
});

test("what is held is released when the picture loses the focus", async ({ page, open }) => {
  const notebook = await open("views.py");
  await expectLive(page);
  const { x, y } = await placeOf(views(page), FRAME, { x: 50, y: 50 });
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.keyboard.down("w");
  await expectEvents(notebook, "key_down", 1);
  await views(page)
    .locator("canvas")
    .evaluate((canvas) => canvas.blur());
  expect((await expectEvents(notebook, "key_up", 1)).key).toBe("w");
  const up = await expectEvents(notebook, "pointer_up", 1);
  expectNear(up, { x: 50, y: 50 });
  expect(up.buttons).toEqual([]);

  await page.mouse.up();
  await page.keyboard.up("w");
  await page.mouse.click(x, y);
  await expectEvents(notebook, "pointer_down", 2);
  await expectEvents(notebook, "pointer_up", 2); // and not once more for the button that was let go
  await expectEvents(notebook, "key_up", 1);
});

test("what is held is released when the page goes away", async ({ page, open }) => {
  const notebook = await open("views.py");
  await expectLive(page);
  const other = await page.context().newPage(); // keeps the browser, and shows that the kernel lives on
  const { x, y } = await placeOf(views(page), FRAME, { x: 50, y: 50 });
  await page.bringToFront();
  await page.mouse.move(x, y);
  await page.mouse.down();
  await expectEvents(notebook, "pointer_down", 1);
  await page.close();
  await expectEvents(notebook, "pointer_up", 1);
  await expectEvents(notebook, "close", 1);
  await other.close();
});

test("each of many keys is a value of the view, in the order in which they were pressed", async ({ page, open }) => {
  const notebook = await open("values.py", { query: { read: "yes" } });
  await expectLive(page, 2);
  await expect.poll(() => notebook.facts("value")).toEqual([null]);
  await views(page).first().locator("canvas").focus();
  const typed = [..."the quick brown fox jumps over the lazy dog"];
  for (const key of typed) await page.keyboard.press(key);
  const values = (): string[] => notebook.facts<Event | null>("value").flatMap((value) => value?.key ?? []);
  await expect.poll(values).toEqual(typed);
});

test.describe("on a touch screen", () => {
  test.use({ hasTouch: true });

  test("a tap is a press of the left button with one touch", async ({ page, open }) => {
    const notebook = await open("views.py");
    await expectLive(page);
    const { x, y } = await placeOf(views(page), FRAME, { x: 270, y: 150 });
    await page.touchscreen.tap(x, y);
    const event = await expectEvents(notebook, "pointer_down", 1);
    expectNear(event, { x: 270, y: 150 });
    expect(event.button).toBe(1);
    expect(Object.values(event.touches)).toHaveLength(1);
    await expectEvents(notebook, "pointer_up", 1);
  });
});
