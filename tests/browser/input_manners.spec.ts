import type { Locator, Page } from "@playwright/test";
import { cursorOf } from "../../js/src/input/cursor.ts";
import { Hands } from "./support/gestures.ts";
import { boxOf, expectLive, views } from "./support/screen.ts";
import type { Notebook } from "./support/test.ts";
import { expect, test } from "./support/test.ts";

test.use({ hasTouch: true });

interface Event {
  readonly type: string;
  readonly key: string;
  readonly css_x: number;
  readonly css_y: number;
  readonly dy: number;
  readonly buttons: readonly number[];
  readonly modifiers: readonly string[];
}

/** What Python received since the last question. */
class News {
  readonly #notebook: Notebook;
  #seen = 0;

  constructor(notebook: Notebook) {
    this.#notebook = notebook;
    this.take();
  }

  get all(): Event[] {
    const all = this.#notebook.facts<Event>("events");
    return all.filter(({ type }) => !/^(show|hide|resize)/.test(type)).slice(this.#seen);
  }

  take(): Event[] {
    const { all } = this;
    this.#seen += all.length;
    return all;
  }

  /** Wait until these types came, one after the other, many moves or turns as one; and take them. */
  async expect(...types: string[]): Promise<Event[]> {
    const merged = (): string[] =>
      this.all
        .map(({ type }) => type)
        .filter((type, index, all) => !/move|wheel/.test(type) || type !== all[index - 1]);
    await expect.poll(merged, { intervals: [50, 100, 250] }).toEqual(types);
    return this.take();
  }
}

async function handsAt(view: Locator): Promise<Hands> {
  const { x, y } = await boxOf(view.locator("canvas"));
  return Hands.at(view.page(), { x: Math.round(x), y: Math.round(y) });
}

/** Set traits, and wait until the page knows them: the name of the picture is one. */
async function set(view: Locator, notebook: Notebook, traits: object): Promise<void> {
  const alt = `with ${JSON.stringify(traits)}`;
  notebook.wish({ traits: { ...traits, alt } });
  await expect(view.locator("canvas")).toHaveAttribute("aria-label", alt);
}

function topOf(view: Locator): Promise<number> {
  return boxOf(view).then(({ y }) => y);
}

for (const presenter of ["p", "w"]) {
  test(`pinch, release, cursor and a picture that takes no input, with presenter ${presenter}`, async ({
    page,
    open,
  }) => {
    const notebook = await open("inputs.py", { query: { views: presenter } });
    await expectLive(page);
    const view = views(page);
    const news = new News(notebook);
    const hands = await handsAt(view);

    await test.step("two fingers are a wheel with Control held, where Python wants it", async () => {
      await set(view, notebook, { pinch_as_wheel: true });
      await hands.touch(0, 100, 90);
      await hands.touch(1, 200, 90);
      await news.expect("pointer_enter", "focus_in", "pointer_down", "pointer_up");
      await hands.slide({ 0: [50, 90], 1: [250, 90] });
      const opening = await news.expect("wheel");
      expect(opening.reduce((sum, { dy }) => sum + dy, 0)).toBeCloseTo(-100 * Math.log(2), 5);
      expect(Math.round(opening.at(-1)?.css_x ?? NaN)).toBe(150);
      for (const { modifiers, buttons } of opening) expect([modifiers, buttons]).toEqual([["Control"], []]);
      await hands.slide({ 0: [100, 100], 1: [200, 100] });
      const closing = await news.expect("wheel");
      expect(closing.reduce((sum, { dy }) => sum + dy, 0)).toBeCloseTo(100 * Math.log(2), 5);
      expect(Math.round(closing.at(-1)?.css_y ?? NaN)).toBe(100);

      // Of a page that is squeezed, as long as they look on the picture: a turn by 90 degrees opens nothing.
      await view.evaluate(({ style }) => Object.assign(style, { transformOrigin: "0 0", scale: "1 0.5" }));
      const top = (await boxOf(view.locator("canvas"))).y - (await boxOf(view)).y;
      await hands.slide({ 0: [150, top + 20], 1: [150, top + 70] });
      const turning = await news.expect("wheel");
      expect(turning.reduce((sum, { dy }) => sum + dy, 0)).toBeCloseTo(0, 5);
      expect(Math.round(turning.at(-1)?.css_x ?? NaN)).toBe(150);
      await view.evaluate(({ style }) => Object.assign(style, { transformOrigin: "", scale: "" }));

      // The finger that stays does not begin to draw.
      await hands.lift(0);
      await hands.slide({ 1: [150, 50] });
      await hands.lift(1);
      await news.expect("pointer_leave");
      await hands.tap(60, 60);
      await news.expect("pointer_enter", "pointer_down", "pointer_up", "pointer_leave");
      await set(view, notebook, { pinch_as_wheel: false });
      await hands.touch(0, 100, 90);
      await hands.touch(1, 200, 90);
      await news.expect("pointer_enter", "pointer_down", "pointer_down");
      await hands.cancel();
      await news.expect("pointer_up", "pointer_up", "pointer_leave");
    });

    await test.step("the cursor is Python's over the picture, and in what begins there", async () => {
      const cursors = (): Promise<string[]> =>
        view.evaluate((root) =>
          [".rfb-canvas", ".rfb-viewport"].map((part) => getComputedStyle(root.querySelector(part) ?? root).cursor),
        );
      expect(await cursors()).toEqual(["auto", "auto"]);
      notebook.wish({ cursor: "crosshair" });
      await expect.poll(cursors).toEqual(["crosshair", "auto"]);
      await hands.move(50, 50);
      await hands.down();
      expect(await cursors()).toEqual(["crosshair", "crosshair"]);
      await hands.up();
      expect(await cursors()).toEqual(["crosshair", "auto"]);
      await news.expect("pointer_enter", "pointer_move", "pointer_down", "pointer_up");
      notebook.wish({});
      await expect.poll(cursors).toEqual(["auto", "auto"]);
    });

    await test.step("what is held is released when it may never be", async () => {
      await hands.down();
      await hands.page.keyboard.down("w");
      await news.expect("pointer_down", "key_down", "char");
      await showTab(page, "hidden");
      await news.expect("pointer_up", "key_up");
      await showTab(page, "visible");
      await hands.up();
      await hands.page.keyboard.up("w");

      await hands.down();
      await hands.move(55, 50);
      await news.expect("pointer_down", "pointer_move");
      await view.locator(".rfb-viewport").evaluate((viewport) => {
        for (let id = 0; id < 50; id++) if (viewport.hasPointerCapture(id)) viewport.releasePointerCapture(id);
      });
      await hands.move(60, 50);
      await news.expect("pointer_up");
      await hands.up();

      // A modifier that goes up where nobody tells us.
      await page.keyboard.down("Shift");
      await news.expect("key_down");
      await hands.move(70, 50);
      const [up, move] = await news.expect("key_up", "pointer_move");
      expect(up).toMatchObject({ key: "Shift", modifiers: [] });
      expect(move?.modifiers).toEqual([]);
      await page.keyboard.up("Shift");
      await page.keyboard.press("ArrowLeft");
      await news.expect("key_down", "key_up");
    });

    await test.step("without interaction the page scrolls, and nothing is told", async () => {
      const canvas = view.locator("canvas");
      await hands.down();
      await set(view, notebook, { interactive: false });
      await news.expect("pointer_down", "pointer_up", "focus_out");
      await hands.up();
      await expect(canvas).not.toHaveAttribute("tabindex");
      const top = await topOf(view);
      await hands.move(90, 90);
      await hands.wheel(0, 40);
      await expect.poll(() => topOf(view)).toBe(top - 40);
      await scrollByFinger(hands, 40);
      await expect.poll(() => topOf(view)).toBeGreaterThan(top - 40);
      await page.keyboard.press("a");
      await set(view, notebook, { interactive: false, zoom_by: "gesture" });
      await expect(canvas).toHaveAttribute("tabindex", "0");
      await set(view, notebook, { interactive: true, zoom_by: "none" });
      await (await handsAt(view)).move(100, 100);
      await news.expect("pointer_move");
    });
  });
}

async function showTab(page: Page, state: "visible" | "hidden"): Promise<void> {
  await page.evaluate((now) => {
    Object.defineProperty(document, "hidden", { value: now === "hidden", configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
  }, state);
}

/** Downwards by so many CSS pixels. */
async function scrollByFinger(hands: Hands, distance: number): Promise<void> {
  await hands.touch(0, 100, 100);
  for (let step = 1; step <= 4; step++) await hands.slide({ 0: [100, 100 + (step * (distance + 20)) / 4] });
  await hands.lift(0);
}

test("a cursor that the browser would have to fetch is none", async ({ page }) => {
  const read = (css: string): Promise<string> =>
    page.evaluate(([code, what]) => (0, eval)(`(${code})`)(what), [cursorOf.toString(), css] as const);
  expect(await read("grabbing")).toBe("grabbing");
  expect(await read("no such cursor")).toBe("");
  expect(await read("url(data:image/png;base64,AA==) 4 4, pointer")).toContain("data:image/png");
  for (const elsewhere of [
    "url(https://example.org/a.png), auto",
    'URL( "/a.png" ), auto',
    "u\\72l(//example.org/a.png), auto",
    "url(data:image/png;base64,AA==), url(a.png), auto",
    'image-set("https://example.org/a.png" 1x), auto',
  ])
    expect(await read(elsewhere), elsewhere).toBe("");
});

const SHORTCUTS = ["a", "b", "d", "d", "x", "y", "Enter", "ArrowDown", "ArrowUp", "Space", "Control+Enter"];

test("in marimo edit, the notebook's shortcuts rest in the picture and work again after Escape", async ({
  page,
  open,
}) => {
  const notebook = await open("views.py", { mode: "edit", query: { views: "pw" } });
  await expectLive(page, 2);
  const news = new News(notebook);
  const cells = page.locator(".marimo-cell");
  const count = await cells.count();
  const [first, second] = [views(page).first(), views(page).last()];
  await first.scrollIntoViewIfNeeded();
  await first.locator("canvas").focus();
  const top = await topOf(first);
  for (const key of SHORTCUTS) await page.keyboard.press(key);
  await expect.poll(() => news.all.filter(({ type }) => type === "key_up").length).toBe(SHORTCUTS.length + 1);
  news.take();
  expect(await topOf(first)).toBe(top);
  await expect(first.locator("canvas")).toBeFocused();

  await page.keyboard.press("Escape");
  const told = await news.expect("key_down", "key_up", "focus_out");
  expect(told.map(({ key }) => key)).toEqual(["Escape", "Escape", undefined]);
  await page.keyboard.press("Tab");
  await expect(second.locator("canvas")).toBeFocused();
  await page.keyboard.press("Escape");
  await page.keyboard.press("Shift+Tab");
  await expect(first.locator("canvas")).toBeFocused();
  await second.locator("canvas").focus();
  expect(await cells.count()).toBe(count);
  await page.keyboard.press("Escape");
  await page.keyboard.press("b");
  await expect(cells).toHaveCount(count + 1);
});

test("in JupyterLab, the notebook's shortcuts rest in the picture and work again after Escape", async ({
  page,
  jupyter,
}) => {
  const serve = ["import marimo_rfb as rfb", "from card import card", "stream = await rfb.serve(320, 180, port=0)"];
  const cell = [...serve, "stream.publish(card(320, 180, 0))", "stream.widget(height=180)"].join("\n");
  jupyter.write("shortcuts.ipynb", [cell, "1", "2"]);
  const lab = await jupyter.open(page, "shortcuts.ipynb");
  await lab.run(0);
  await expectLive(page);
  const cells = page.locator(".jp-Notebook .jp-Cell");
  await expect(cells).toHaveCount(3);
  const canvas = views(page).locator("canvas");
  await canvas.click();
  await expect(canvas).toBeFocused();
  for (const key of SHORTCUTS) await page.keyboard.press(key);
  await expect(canvas).toBeFocused();
  await expect(cells).toHaveCount(3);
  await page.keyboard.press("Escape");
  await expect(canvas).not.toBeFocused();
  await page.keyboard.press("b");
  await expect(cells).toHaveCount(4);
  await page.keyboard.press("z"); // undoes it
  await expect(cells).toHaveCount(3);
  await jupyter.shutDown("shortcuts.ipynb");
});
