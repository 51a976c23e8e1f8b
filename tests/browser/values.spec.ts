import type { Locator, Page } from "@playwright/test";
import type { Point } from "./support/card.ts";
import { MODES } from "./support/marimo.ts";
import { boxOf, expectLive, placeOf, views } from "./support/screen.ts";
import type { Notebook } from "./support/test.ts";
import { expect, test } from "./support/test.ts";

const FRAME = { width: 320, height: 180 };
const MAX_HZ = 10;

test.use({ viewport: { width: 900, height: 1000 } });

interface Event extends Point {
  readonly type: string;
  readonly key: string;
  readonly rgb: readonly number[];
  readonly start: readonly [x: number, y: number];
  readonly end: readonly [x: number, y: number];
  readonly rect: readonly number[];
}

/** How often the cells of `values.py` ran, each by the name that it notes. */
function runs(notebook: Notebook): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of notebook.facts<string>("runs")) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

/** The newest thing noted under `topic`. */
function last<T = Event>(notebook: Notebook, topic: string): T | undefined {
  return notebook.facts<T | null>(topic).at(-1) ?? undefined;
}

async function clickFrame(view: Locator, point: Point): Promise<void> {
  await view.scrollIntoViewIfNeeded();
  const { x, y } = await placeOf(view, FRAME, point);
  await view.page().mouse.click(x, y);
}

async function drag(view: Locator, from: Point, to: Point): Promise<void> {
  const { mouse } = view.page();
  await view.scrollIntoViewIfNeeded();
  const [start, end] = [await placeOf(view, FRAME, from), await placeOf(view, FRAME, to)];
  await mouse.move(start.x, start.y);
  await mouse.down();
  await mouse.move((start.x + end.x) / 2, (start.y + end.y) / 2);
  await mouse.move(end.x, end.y);
  await mouse.up();
}

function expectNear(seen: Point, wanted: Point): void {
  expect(Math.abs(seen.x - wanted.x), `x is ${seen.x} and not ${wanted.x}`).toBeLessThanOrEqual(1);
  expect(Math.abs(seen.y - wanted.y), `y is ${seen.y} and not ${wanted.y}`).toBeLessThanOrEqual(1);
}

function expectDrag(seen: Event | undefined, from: Point, to: Point): void {
  const { start, end, rect } = seen ?? { start: [0, 0], end: [0, 0], rect: [] };
  expectNear({ x: start[0], y: start[1] }, from);
  expectNear({ x: end[0], y: end[1] }, to);
  const [left, right] = [start[0], end[0]].sort((a, b) => a - b) as [number, number];
  const [top, bottom] = [start[1], end[1]].sort((a, b) => a - b) as [number, number];
  expect(rect).toEqual([Math.floor(left), Math.floor(top), Math.floor(right) + 1, Math.floor(bottom) + 1]);
}

/** Wait until all cells have run once, and a page is connected. */
async function expectReady(page: Page, notebook: Notebook): Promise<void> {
  await expectLive(page, 2);
  await expect.poll(() => runs(notebook)).toEqual({ makes: 1, reads: 1, mentions: 1, unrelated: 1 });
}

for (const mode of MODES) {
  test(`in marimo ${mode}, what is done runs again the cells that read the view's value, and no other`, async ({
    page,
    open,
  }) => {
    const notebook = await open("values.py", { mode, query: { read: "yes" } });
    await expectReady(page, notebook);
    expect(notebook.facts("value")).toEqual([null]);
    const points = [
      { x: 20, y: 30 },
      { x: 300, y: 65 },
      { x: 160, y: 90 },
      { x: 41, y: 150 },
      { x: 250, y: 160 },
    ];
    for (const [index, point] of points.entries()) {
      const view = views(page).nth(index % 2);
      await clickFrame(view, point);
      await expect.poll(() => notebook.facts("value").length).toBe(index + 2);
      expectNear(last(notebook, "value") as Event, point);
      expect(last(notebook, "value")).toMatchObject({ type: "pointer_down", button: 1, inside: true });
    }
    await page.getByRole("button", { name: "after all that" }).click();
    await expect.poll(() => runs(notebook).after).toBe(1);
    expect(runs(notebook)).toEqual({ makes: 1, reads: 6, mentions: 1, unrelated: 1, after: 1 });

    const view = views(page).first();
    await test.step("double clicks are values", async () => {
      await view.scrollIntoViewIfNeeded();
      const place = await placeOf(view, FRAME, { x: 60, y: 50 });
      await page.mouse.dblclick(place.x, place.y);
      await expect.poll(() => last(notebook, "value")?.type).toBe("double_click");
      expectNear(last(notebook, "value") as Event, { x: 60, y: 50 });
    });
    await test.step("keys are values", async () => {
      await page.keyboard.press("Shift+Q");
      await expect
        .poll(() => last(notebook, "value"))
        .toMatchObject({ type: "key_down", key: "Q", modifiers: ["Shift"] });
    });
    await test.step("drags are values", async () => {
      await drag(view, { x: 250, y: 40 }, { x: 150, y: 120 });
      await expect.poll(() => last(notebook, "value")?.type).toBe("drag");
      expectDrag(last(notebook, "value"), { x: 250, y: 40 }, { x: 150, y: 120 });
    });
  });

  test(`in marimo ${mode}, a click runs no cell while none reads the value`, async ({ page, open }) => {
    const notebook = await open("values.py", { mode });
    await expectReady(page, notebook);
    for (const x of [40, 80, 120]) await clickFrame(views(page).first(), { x, y: 90 });
    await page.keyboard.press("a");
    await expect.poll(() => notebook.facts<Event>("events").filter(({ type }) => type === "key_up")).toHaveLength(1);
    // marimo hears of the button after all that: what ran for it would have run before.
    await page.getByRole("button", { name: "after all that" }).click();
    await expect.poll(() => runs(notebook).after).toBe(1);
    expect(runs(notebook)).toMatchObject({ makes: 1, reads: 1, mentions: 1 });
  });

  test(`in marimo ${mode}, signals run the cells that call them`, async ({ page, open }) => {
    const notebook = await open("signals.py", { mode });
    await expectLive(page);
    for (const topic of ["picks", "drags", "lefts"]) await expect.poll(() => notebook.facts(topic)).toEqual([null]);
    await expect.poll(() => notebook.facts("moves")).toHaveLength(1);
    const view = views(page);
    /** Do what runs the cell that notes `topic` once, and return what it noted. */
    const runsOnce = async (topic: string, act: () => Promise<void>): Promise<Event> => {
      const before = notebook.facts(topic).length;
      await act();
      await expect.poll(() => notebook.facts(topic).length).toBe(before + 1);
      return last(notebook, topic) as Event;
    };

    await test.step("a pointer at 1000 Hz runs a cell at most max_hz times a second", async () => {
      const { x: left, y: top } = await boxOf(view.locator(".rfb-canvas"));
      const fromS = Date.now() / 1000;
      const moves = await view.locator(".rfb-viewport").evaluate(
        async (viewport, [left, top]) => {
          const move = (x: number, y: number): void => {
            const place = { clientX: left + x + 0.5, clientY: top + y + 0.5 };
            const kind = { pointerId: 1, pointerType: "mouse", isPrimary: true, bubbles: true };
            viewport.dispatchEvent(new PointerEvent("pointermove", { ...place, ...kind }));
          };
          const end = performance.now() + 4000;
          let moves = 0;
          while (performance.now() < end) {
            // A browser lets nobody wait for less than four milliseconds again and again.
            await new Promise((resolve) => setTimeout(resolve, 4));
            for (let of4 = 0; of4 < 4; of4++, moves++) move(moves % 300, moves % 170);
          }
          move(301, 77);
          return moves + 1;
        },
        [left, top] as const,
      );
      await expect.poll(() => Math.floor(last<{ event: Event }>(notebook, "moves")?.event.x ?? 0)).toBe(301);
      const times = notebook.facts<{ at_s: number }>("moves").map(({ at_s }) => at_s);
      const runs = times.length - 1; // the first was before
      const lastedS = (times.at(-1) ?? 0) - fromS;
      const description = `${runs} in ${lastedS.toFixed(1)} s, for ${moves} moves`;
      test.info().annotations.push({ type: "runs of the cell", description });
      expect(runs).toBeGreaterThan(1);
      expect(runs - 1).toBeLessThanOrEqual(lastedS * MAX_HZ);
    });

    await test.step("events are all that was done", async () => {
      const before = notebook.facts("events").length;
      for (const x of [50, 100, 150]) await clickFrame(view, { x, y: 60 });
      await page.keyboard.press("a");
      await page.keyboard.press("b");
      await page.mouse.wheel(0, 30);
      const counts = (): Record<string, number> => {
        const seen: Record<string, number> = {};
        for (const { type } of notebook.facts<Event>("events").slice(before)) seen[type] = (seen[type] ?? 0) + 1;
        return seen;
      };
      const all = { pointer_down: 3, pointer_up: 3, key_down: 2, key_up: 2, char: 2, focus_in: 1, pointer_enter: 1 };
      await expect.poll(counts).toMatchObject(all);
      await expect.poll(() => counts().wheel).toBeGreaterThan(0);
      expect(counts().pointer_move).toBeGreaterThan(0);
    });

    await test.step("a pick tells the pixel as it was published", async () => {
      // Until then a cell may run for the clicks before.
      await expect.poll(() => Math.floor(last(notebook, "picks")?.x ?? 0)).toBe(150);
      for (const point of [
        { x: 33, y: 44 },
        { x: 299, y: 170 },
        { x: 160, y: 5 },
      ]) {
        const pick = await runsOnce("picks", () => clickFrame(view, point));
        expectNear(pick, point);
        expect(pick).toMatchObject({ type: "pick", button: 1 });
        expect(pick.rgb).toEqual([pick.x % 256, pick.y, (7 * pick.x + 13 * pick.y) % 256]);
      }
    });

    await test.step("a drag tells its ends and its rectangle", async () => {
      expect(notebook.facts("drags")).toEqual([null]); // a click is no drag
      await drag(view, { x: 50, y: 40 }, { x: 150, y: 120 });
      await expect.poll(() => notebook.facts("drags")).toHaveLength(2);
      expectDrag(last(notebook, "drags"), { x: 50, y: 40 }, { x: 150, y: 120 });
      await drag(view, { x: 300, y: 90 }, { x: 200, y: 20 });
      await expect.poll(() => notebook.facts("drags")).toHaveLength(3);
      expectDrag(last(notebook, "drags"), { x: 300, y: 90 }, { x: 200, y: 20 });
    });

    await test.step("where= lets through what it should by the globals of now", async () => {
      await expect.poll(() => Math.round(last(notebook, "lefts")?.x ?? 0)).toBe(50);
      expectNear(await runsOnce("lefts", () => clickFrame(view, { x: 100, y: 90 })), { x: 100, y: 90 });
      const passed = await runsOnce("lefts", async () => {
        await clickFrame(view, { x: 200, y: 90 });
        await clickFrame(view, { x: 120, y: 90 });
      });
      expectNear(passed, { x: 120, y: 90 });

      const slider = page.getByRole("slider");
      await runsOnce("lefts", () => slider.press("Home")); // it depends on the cell that calls `on`
      await runsOnce("lefts", async () => {
        await clickFrame(view, { x: 100, y: 90 });
        // By then it is decided, and not by what the slider tells on another way.
        await expect.poll(() => Math.round(last(notebook, "picks")?.x ?? 0)).toBe(100);
        await slider.press("End");
      });
      expectNear(await runsOnce("lefts", () => clickFrame(view, { x: 310, y: 90 })), { x: 310, y: 90 });
    });

    await test.step("the size of the view runs cells again", async () => {
      for (const width of [900, 700]) {
        await page.setViewportSize({ width, height: 1000 });
        const size = async (): Promise<number[]> =>
          view.locator(".rfb-viewport").evaluate((viewport) => [viewport.clientWidth, viewport.clientHeight]);
        await expect
          .poll(async () => [await size(), last<number[]>(notebook, "size")].join(" is "))
          .toBe([await size(), await size()].join(" is "));
      }
    });
  });
}

test("who looks on runs cells again", async ({ page, open }) => {
  const notebook = await open("signals.py", { mode: "edit" });
  await expectLive(page);
  await expect.poll(() => last<number>(notebook, "viewers")).toBe(1);
  await expect.poll(() => last<boolean>(notebook, "connected")).toBe(true);
  await page.goto("about:blank"); // the kernel lives on
  await expect.poll(() => last<number>(notebook, "viewers")).toBe(0);
  await expect.poll(() => last<boolean>(notebook, "connected")).toBe(false);
  expect(new Set(notebook.facts<number>("viewers"))).toEqual(new Set([0, 1]));
});

test("an app that is embedded hears of clicks, and cells that run in a circle are told so", async ({ page, open }) => {
  await open("embedding.py");
  await expectLive(page, 2);
  const [embedded, circle] = [views(page).first(), views(page).last()];
  await expect(page.getByText("value None, getter None, 0 clicks, 1 viewers")).toBeVisible();
  const click = async (view: Locator): Promise<void> => {
    const { x, y } = await placeOf(view, FRAME, { x: 100, y: 60 });
    await page.mouse.click(x, y);
  };
  await click(embedded);
  await expect(page.getByText("value pointer_down, getter pointer_down, 1 clicks, 1 viewers")).toBeVisible();
  await expect(embedded.locator(".rfb-banner")).toBeHidden();

  await click(circle);
  await expect(circle.locator(".rfb-banner")).toContainText("view.on_click(function)");
});
