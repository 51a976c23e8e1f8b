import type { Page } from "@playwright/test";
import type { CardEvent } from "./support/card_server.ts";
import { CardServer } from "./support/card_server.ts";
import type { Point } from "./support/card.ts";
import { PlainPage, change } from "./support/plain_page.ts";
import { boxOf, expectLive, views } from "./support/screen.ts";
import { expect, test } from "./support/test.ts";
import type { Region } from "./support/zoomed.ts";
import { Fingers, blurred, expectRegion, expectSeen, expectSharp, expectTold, seen } from "./support/zoomed.ts";

const FRAME = { width: 320, height: 180 };
const WHOLE = { x: 0, y: 0, ...FRAME };

let plain: PlainPage;
let server: CardServer;

test.beforeAll(async () => {
  [plain, server] = await Promise.all([PlainPage.start(), CardServer.start()]);
});

test.afterAll(async () => {
  await Promise.all([plain.stop(), server.kill()]);
});

/** Open a page with one view that is as large as its frames, and that has more below. */
async function openView(page: Page, traits: object = {}): Promise<void> {
  const { url, token } = server;
  await plain.mount(page, { url, token, height: 180, chrome: false, ...traits });
  await page.addStyleTag({ content: "body { height: 3000px }" });
  await expectLive(page);
}

/** A place of the window, from one of the view. */
async function at(page: Page, x: number, y: number): Promise<Point> {
  const box = await boxOf(views(page));
  return { x: box.x + x, y: box.y + y };
}

async function wheelAt(page: Page, x: number, y: number, deltaY: number): Promise<void> {
  const place = await at(page, x, y);
  await page.mouse.move(place.x, place.y);
  await page.mouse.wheel(0, deltaY);
}

/** `look` is called before the button is up. */
async function drag(page: Page, from: Point, to: Point, look?: () => Promise<void>): Promise<void> {
  const [start, end] = [await at(page, from.x, from.y), await at(page, to.x, to.y)];
  await page.mouse.move(start.x, start.y);
  await page.mouse.down();
  await page.mouse.move(end.x, end.y, { steps: 4 });
  await look?.();
  await page.mouse.up();
}

function scrolled(page: Page): Promise<number> {
  return page.evaluate(() => window.scrollY);
}

/** The region that is seen when all is shown larger by `factor` about a place of the view. */
function about(x: number, y: number, factor: number, region = WHOLE) {
  const [width, height] = [region.width / factor, region.height / factor];
  const across = region.x + (x / FRAME.width) * (region.width - width);
  const down = region.y + (y / FRAME.height) * (region.height - height);
  return { x: across, y: down, width, height };
}

function presenter(onPage: boolean): string {
  return onPage ? "the page" : "the worker";
}

/** How many events of some types Python has got since. */
class Heard {
  readonly #before: Map<string, number>;

  constructor(...types: string[]) {
    this.#before = new Map(types.map((type) => [type, server.events(type).length]));
  }

  count(type: string): number {
    return server.events(type).length - (this.#before.get(type) ?? 0);
  }
}

for (const onPage of [true, false]) {
  test(`by gesture: wheel, double click, keys and drag zoom and pan when ${presenter(onPage)} presents`, async ({
    page,
  }) => {
    await openView(page, { main_thread_present: onPage, zoom_by: "gesture" });
    const heard = new Heard(
      "pointer_down",
      "pointer_up",
      "wheel",
      "double_click",
      "key_down",
      "key_up",
      "pointer_move",
    );
    await expectSeen(page, WHOLE);

    // Nobody works in the picture, so the page scrolls.
    await wheelAt(page, 100, 100, 100);
    await expect.poll(() => scrolled(page)).toBe(100);
    await page.mouse.wheel(0, -100);
    await expect.poll(() => scrolled(page)).toBe(0);
    await expectRegion(views(page), FRAME, WHOLE);

    const place = await at(page, 80, 60);
    await page.mouse.click(place.x, place.y);
    await expect.poll(() => heard.count("pointer_up")).toBe(1);
    await wheelAt(page, 80, 45, -100);
    await expectSeen(page, about(80, 45, 1.25));
    await expectRegion(views(page), FRAME, about(80, 45, 1.25));
    await page.mouse.wheel(0, -300);
    await expectRegion(views(page), FRAME, about(80, 45, 1.25 ** 4));
    await page.mouse.wheel(0, 900);
    await expectRegion(views(page), FRAME, WHOLE);
    expect(await scrolled(page)).toBe(0);
    expect(heard.count("wheel")).toBe(0);

    const twice = await at(page, 240, 90);
    await page.mouse.dblclick(twice.x, twice.y);
    const right = about(240, 90, 2);
    await expectRegion(views(page), FRAME, right);
    await expect.poll(() => heard.count("pointer_up")).toBe(3);
    expect(heard.count("double_click")).toBe(0);

    // What is dragged is at the pointer, and Python has not heard of it.
    const viewport = views(page).locator(".rfb-viewport");
    await expect(viewport).toHaveCSS("cursor", "grab");
    await drag(page, { x: 200, y: 100 }, { x: 230, y: 80 }, async () => {
      await expect(viewport).toHaveCSS("cursor", "grabbing");
    });
    await expect(viewport).toHaveCSS("cursor", "grab");
    const dragged = { ...right, x: right.x - 15, y: right.y + 10 };
    await expectRegion(views(page), FRAME, dragged);
    expect(heard.count("pointer_down")).toBe(3);
    // But of what hovers, and of a click where it was made.
    const moves = heard.count("pointer_move");
    const clicked = await at(page, 40, 150);
    await page.mouse.move(clicked.x, clicked.y);
    await expect.poll(() => heard.count("pointer_move")).toBeGreaterThan(moves);
    await page.mouse.down();
    await page.mouse.move(clicked.x + 2, clicked.y);
    await page.mouse.up();
    await expect.poll(() => heard.count("pointer_up")).toBe(4);
    expect(heard.count("pointer_down")).toBe(4);
    expect(server.events("pointer_down").at(-1)).toMatchObject({
      x: Math.floor(dragged.x + 20),
      y: Math.floor(dragged.y + 75),
    });

    await page.keyboard.press("ArrowRight");
    await expectRegion(views(page), FRAME, { ...dragged, x: dragged.x + 20 });
    await page.keyboard.press("+");
    await expectSeen(page, about(160, 90, 1.5, { ...dragged, x: dragged.x + 20 }));
    await page.keyboard.press("-");
    await expectRegion(views(page), FRAME, { ...dragged, x: dragged.x + 20 });
    await page.keyboard.press("0");
    await expectRegion(views(page), FRAME, WHOLE);
    expect(heard.count("key_down")).toBe(0);
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("a");
    await expect.poll(() => heard.count("key_up")).toBe(2);
    await expectSeen(page, WHOLE);
  });
}

test("with a modifier held: wheel, pinch, double click, drag and arrows zoom and pan, and all else is Python's", async ({
  page,
}) => {
  await openView(page);
  const heard = new Heard("pointer_down", "pointer_up", "wheel", "double_click", "key_down", "key_up", "pointer_move");

  // A trackpad's pinch, about which nobody has told us where the focus is.
  await page.keyboard.down("Control");
  await wheelAt(page, 240, 45, -Math.log(2) * 40);
  await page.mouse.wheel(0, -Math.log(2) * 40);
  await page.mouse.wheel(0, -Math.log(2) * 20);
  const pinched = about(240, 45, 2);
  await expectRegion(views(page), FRAME, pinched);
  await drag(page, { x: 100, y: 100 }, { x: 60, y: 110 });
  const dragged = { ...pinched, x: pinched.x + 20, y: pinched.y - 5 };
  await expectRegion(views(page), FRAME, dragged);
  await page.keyboard.press("ArrowLeft");
  await expectRegion(views(page), FRAME, { ...dragged, x: dragged.x - 20 });
  expect(heard.count("pointer_down")).toBe(0);
  expect(heard.count("wheel")).toBe(0);
  const place = await at(page, 100, 100);
  await page.mouse.dblclick(place.x, place.y);
  const deep = about(100, 100, 2, { ...dragged, x: dragged.x - 20 });
  await expectRegion(views(page), FRAME, deep);
  await page.mouse.dblclick(place.x, place.y);
  await expectRegion(views(page), FRAME, WHOLE);
  await page.keyboard.up("Control");
  // What was clicked is Python's, with or without a modifier.
  await expect.poll(() => heard.count("pointer_up")).toBe(4);
  expect(heard.count("double_click")).toBe(0);

  await drag(page, { x: 100, y: 100 }, { x: 60, y: 110 });
  await page.mouse.wheel(0, 80);
  await page.mouse.dblclick(place.x, place.y);
  await page.keyboard.press("+");
  await expect.poll(() => heard.count("double_click")).toBe(1);
  await expect.poll(() => heard.count("wheel")).toBeGreaterThan(0);
  await expect.poll(() => heard.count("pointer_up")).toBe(7);
  await expect.poll(() => server.events("key_down").at(-1)).toMatchObject({ key: "+" });
  await expectSeen(page, WHOLE);
  expect(await scrolled(page)).toBe(0);

  // Nothing but the toolbar and Python zooms.
  await change(page, "zoom_by", "none");
  const before = heard.count("wheel");
  await page.keyboard.down("Control");
  await page.mouse.wheel(0, -80);
  await expect.poll(() => heard.count("wheel")).toBeGreaterThan(before);
  await page.keyboard.up("Control");
  await expectRegion(views(page), FRAME, WHOLE);
});

test("a glide is for large steps and for those who want motion, and a click on the way hits what is seen", async ({
  page,
}) => {
  await openView(page, { zoom_by: "gesture" });
  const glides = (): Promise<number> => page.evaluate(() => window.glides);
  await views(page).evaluate((root) => {
    window.glides = 0;
    root.addEventListener("transitionrun", () => (window.glides += 1));
  });
  const place = await at(page, 200, 40);
  await page.mouse.click(place.x, place.y);
  await page.keyboard.down("Control");
  await page.mouse.wheel(0, -20);
  await page.keyboard.up("Control");
  await expectRegion(views(page), FRAME, about(200, 40, Math.exp(0.2)));
  expect(await glides()).toBe(0);

  const heard = new Heard("pointer_up");
  // Stopped halfway, the glide lasts until the click is made.
  await views(page).evaluate((root) => {
    root.addEventListener("transitionrun", ({ target }) => {
      for (const glide of (target as Element).getAnimations()) {
        glide.pause();
        glide.currentTime = 60;
      }
    });
  });
  await page.mouse.dblclick(place.x, place.y);
  await expect.poll(glides).toBe(1);
  const edge = await at(page, 220, 120);
  const { x, y, width } = await page.locator(".rfb-canvas").evaluate((canvas) => canvas.getBoundingClientRect());
  expect(width).toBeGreaterThan(1.1 * Math.exp(0.2) * FRAME.width);
  expect(width).toBeLessThan(1.9 * Math.exp(0.2) * FRAME.width);
  await page.mouse.click(edge.x, edge.y);
  await expect.poll(() => heard.count("pointer_up")).toBe(3);
  const scale = FRAME.width / width;
  const hit = { x: Math.floor((edge.x - x) * scale), y: Math.floor((edge.y - y) * scale) };
  expect(server.events("pointer_down").at(-1)).toMatchObject(hit);

  await page.emulateMedia({ reducedMotion: "reduce" });
  await page.keyboard.press("0");
  await expectRegion(views(page), FRAME, WHOLE);
  expect(await glides()).toBe(1);
});

declare global {
  interface Window {
    glides: number;
  }
}

for (const [ratio, onPage] of [
  [1, true],
  [1.5, true],
  [1.5, false],
  [2, false],
] as const) {
  test(`with ${ratio} device pixels for each of the page, ${presenter(onPage)} shows a frame pixel by pixel, and then sharp squares`, async ({
    playwright,
    launchOptions,
  }) => {
    const frame = { width: 320 * ratio, height: 180 * ratio };
    const exact = await CardServer.start({ size: `${frame.width}x${frame.height}` });
    // A screen that is only emulated lays the page out on whole pixels of the page.
    const args = [...(launchOptions.args ?? []), `--force-device-scale-factor=${ratio}`, "--window-size=900,700"];
    const browser = await playwright.chromium.launch({ ...launchOptions, args });
    try {
      const page = await browser.newPage({ viewport: null });
      const { url, token } = exact;
      await plain.mount(page, { url, token, height: 180, chrome: false, main_thread_present: onPage });
      await expectLive(page);
      // Odd places, and a little more room than the frame needs.
      for (const [height, style] of [
        [180, "margin: 20.3px 17.7px; width: 320.6px"],
        [181, "margin: 7.5px 3.2px; width: 321px"],
        [180, ""],
      ] as const) {
        await page.locator("#place").evaluate((place, text) => place.setAttribute("style", text), style);
        await change(page, "height", height);
        await expectSharp(views(page), frame);
      }
      await change(page, "url", server.url);
      await change(page, "wishes", { zoom: [1, 2.9] });
      await expectTold(async () => (await seen(page))?.region, about(160, 90, 2.9));
      await expect.poll(() => blurred(views(page), FRAME)).toBeGreaterThan(100);
      await change(page, "wishes", { zoom: [2, 3.1] });
      await expect.poll(() => blurred(views(page), FRAME)).toBe(0);
    } finally {
      await Promise.all([browser.close(), exact.kill()]);
    }
  });
}

for (const ratio of [1, 1.5, 2]) {
  test.describe(`with ${ratio} device pixels for each of the page`, () => {
    test.use({ deviceScaleFactor: ratio });

    test("a click hits its pixel at every zoom and fit, in a page that is scaled too", async ({ page }) => {
      await openView(page, { fit: "cover", zoom_by: "none" });
      await page.addStyleTag({ content: "#place { height: 150px }" });
      await change(page, "height", 150);
      let serial = 0;
      for (const scale of [1, 0.8]) {
        await page.addStyleTag({ content: `#place { transform: scale(${scale}); transform-origin: 30px 10px }` });
        for (const fit of ["cover", "contain", "fill"]) {
          await change(page, "fit", fit);
          for (const zoom of ratio === 1.5 ? [2, 7.3, 40] : [7.3]) {
            serial += 1;
            const region = { x: 31 * (serial % 9), y: 17 * (serial % 10), width: 8, height: 8 };
            await change(page, "wishes", { region: [serial, [region.x, region.y, region.width, region.height]] });
            await expect.poll(async () => (await seen(page))?.region.x).not.toBe(undefined);
            serial += 1;
            await change(page, "wishes", { zoom: [serial, zoom] });
            await expect.poll(async () => (await seen(page))?.zoom).toBe(zoom);
            await page.waitForFunction(() => document.querySelector(".rfb-canvas")?.getAnimations().length === 0);
            const { region: told } = (await seen(page)) ?? { region: WHOLE };
            const viewport = await boxOf(views(page).locator(".rfb-viewport"));
            const heard = new Heard("pointer_up");
            const point = { x: Math.round(viewport.width * 0.83), y: Math.round(viewport.height * 0.21) };
            await page.mouse.click(viewport.x + point.x, viewport.y + point.y);
            await expect.poll(() => heard.count("pointer_up")).toBe(1);
            const exact = {
              x: told.x + (point.x / viewport.width) * told.width,
              y: told.y + (point.y / viewport.height) * told.height,
            };
            const hit = server.events("pointer_down").at(-1) as Point;
            // The picture is on whole device pixels, up to two of them from where it would be without.
            const slack = (2.5 / ratio / viewport.width) * told.width;
            expect(hit.x, `${fit} ${zoom}`).toBeGreaterThanOrEqual(Math.floor(exact.x - slack));
            expect(hit.x, `${fit} ${zoom}`).toBeLessThanOrEqual(Math.floor(exact.x + slack));
            expect(hit.y, `${fit} ${zoom}`).toBeGreaterThanOrEqual(Math.floor(exact.y - slack));
            expect(hit.y, `${fit} ${zoom}`).toBeLessThanOrEqual(Math.floor(exact.y + slack));
          }
        }
      }
    });
  });
}

test.describe("on a touch screen", () => {
  test.use({ hasTouch: true });

  test("two fingers pinch, one drags what is zoomed, and Python hears of taps", async ({ page }) => {
    await openView(page, { zoom_by: "gesture" });
    const fingers = await Fingers.of(page);
    const heard = new Heard("pointer_down", "pointer_up", "pointer_move", "double_click");
    const pinch = async (from: readonly Point[], to: readonly Point[]): Promise<void> => {
      const places = (points: readonly Point[]) => Promise.all(points.map(({ x, y }) => at(page, x, y)));
      await fingers.move(await places(from), await places(to));
    };
    // Their middle goes from (160, 90) to (180, 80) while they are twice as far from each other in the end.
    await pinch(
      [
        { x: 120, y: 90 },
        { x: 200, y: 90 },
      ],
      [
        { x: 100, y: 80 },
        { x: 260, y: 80 },
      ],
    );
    const pinched = { x: 160 - 180 / 2, y: 90 - 80 / 2, width: 160, height: 90 };
    await expectRegion(views(page), FRAME, pinched);
    await pinch([{ x: 200, y: 100 }], [{ x: 180, y: 130 }]);
    const dragged = { ...pinched, x: pinched.x + 10, y: pinched.y - 15 };
    await expectRegion(views(page), FRAME, dragged);
    expect(heard.count("pointer_down")).toBe(0);

    await fingers.doubleTap(await at(page, 100, 50));
    await expectRegion(views(page), FRAME, about(100, 50, 2, dragged));
    await expect.poll(() => heard.count("pointer_up")).toBe(2);
    const tapped = { x: dragged.x + 50, y: dragged.y + 25, button: 1, ntouches: 1 };
    expect(server.events("pointer_down").slice(-2)).toMatchObject([tapped, tapped]);
    expect(heard.count("double_click")).toBe(0);

    await change(page, "wishes", { region: [1, null] });
    await expectRegion(views(page), FRAME, WHOLE);
    // Where there is nothing to drag a finger is Python's, until there is another.
    await page.evaluate(() => (window.glides = 0));
    const [first, second] = [await at(page, 120, 90), await at(page, 200, 90)];
    await fingers.down([first]);
    await fingers.drag([{ x: first.x - 10, y: first.y }]);
    await expect.poll(() => heard.count("pointer_down")).toBe(3);
    expect(heard.count("pointer_up")).toBe(2);
    await fingers.down([
      { x: first.x - 10, y: first.y },
      { ...second, x: second.x - 10 },
    ]);
    await expect.poll(() => heard.count("pointer_up")).toBe(3);
    await fingers.drag([
      { x: first.x - 50, y: first.y },
      { ...second, x: second.x + 30 },
    ]);
    await fingers.up();
    await expectRegion(views(page), FRAME, about(150, 90, 2));
    expect(heard.count("pointer_down")).toBe(3);
    expect(await scrolled(page)).toBe(0);
  });

  test("a view that takes no input lets a finger scroll the page, and two zoom", async ({ page }) => {
    await openView(page, { zoom_by: "gesture", interactive: false });
    const fingers = await Fingers.of(page);
    // What was flung goes on for a while.
    await page.evaluate(() => document.addEventListener("scrollend", () => (document.title = "stands")));
    await fingers.move([await at(page, 100, 150)], [await at(page, 100, 50)]);
    await expect(page).toHaveTitle("stands");
    expect(await scrolled(page)).toBeGreaterThan(50);
    await page.evaluate(() => window.scrollTo(0, 0));
    // Their middle goes from (160, 102) to (160, 42).
    await fingers.move(
      [await at(page, 160, 82), await at(page, 160, 122)],
      [await at(page, 160, 2), await at(page, 160, 82)],
    );
    const pinched = { x: 80, y: 102 - 42 / 2, width: 160, height: 90 };
    await expectRegion(views(page), FRAME, pinched);
    await fingers.move([await at(page, 100, 80)], [await at(page, 100, 100)]);
    const dragged = { ...pinched, y: pinched.y - 10 };
    await expectRegion(views(page), FRAME, dragged);
    expect(await scrolled(page)).toBe(0);
    expect(await page.evaluate(() => window.visualViewport?.scale)).toBe(1);
    await fingers.doubleTap(await at(page, 0, 0));
    await expectRegion(views(page), FRAME, { ...dragged, width: 80, height: 45 });

    // Without gestures of ours the page is the browser's.
    await change(page, "zoom_by", "modifier");
    await expect(views(page).locator(".rfb-viewport")).toHaveCSS("touch-action", "auto");
  });
});

test("views with one name move together, though each has an instance of the module of its own", async ({ page }) => {
  await openView(page, { linked: "a name", wishes: { zoom: [1, 2] } });
  await expectRegion(views(page), FRAME, about(160, 90, 2));
  const { url, token } = server;
  await page.evaluate(
    async (traits) => {
      const { mounted } = window;
      const text = await (await fetch("/widget.js")).text();
      const again = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
      await window.mount(again, traits, "signal");
      window.mounted = mounted;
    },
    { url, token, height: 180, chrome: false, linked: "a name", main_thread_present: false },
  );
  await expectLive(page, 2);
  const [first, second] = [views(page).first(), views(page).last()];
  // Whoever comes takes the lens that is there.
  await expectRegion(second, FRAME, about(160, 90, 2));
  const place = await boxOf(second);
  await page.keyboard.down("Control");
  await page.mouse.move(place.x + 240, place.y + 45);
  await page.mouse.wheel(0, -100);
  await page.keyboard.up("Control");
  for (const view of [first, second]) await expectRegion(view, FRAME, about(240, 45, 1.25, about(160, 90, 2)));
  await change(page, "wishes", { region: [2, [40, 20, 80, 45]] });
  for (const view of [first, second]) await expectRegion(view, FRAME, { x: 40, y: 20, width: 80, height: 45 });
  await change(page, "linked", "");
  await change(page, "wishes", { region: [3, null] });
  await expectRegion(first, FRAME, WHOLE);
  await expectRegion(second, FRAME, { x: 40, y: 20, width: 80, height: 45 });
  await change(page, "linked", "a name");
  await expectRegion(first, FRAME, { x: 40, y: 20, width: 80, height: 45 });
});

test("Python says where to look and is told what is seen, in all views that are linked", async ({ page, open }) => {
  const notebook = await open("zoomed.py");
  await expectLive(page, 2);
  const told = <T>(name: string): T | undefined => notebook.facts<T>(name).at(-1);
  const expectEverywhere = async (region: Region, frame = FRAME): Promise<void> => {
    for (const [index, view] of (await views(page).all()).entries()) {
      await expectTold(async () => asRegion(told(`region ${index}`)), region);
      await expectRegion(view, frame, region);
    }
  };
  await expectEverywhere(WHOLE);

  // All of what is asked for is seen, and as much beside it as the view has room for.
  notebook.wish({ traits: { region: [40, 20, 64, 45] } });
  await expectEverywhere({ x: 32, y: 20, width: 80, height: 45 });
  expect(told("zoom 1")).toBe(4);
  notebook.wish({ view: 1, traits: { zoom: 2 } });
  await expectEverywhere({ x: 0, y: 0, width: 160, height: 90 });

  const place = await boxOf(views(page).last());
  // A mouse is on a whole pixel of the window, a view may not be.
  const mouse = { x: Math.round(place.x + 200), y: Math.round(place.y + 135) };
  await page.mouse.move(mouse.x, mouse.y);
  await page.keyboard.down("Control");
  await page.mouse.wheel(0, -300);
  await page.keyboard.up("Control");
  const zoomed = about(mouse.x - place.x, mouse.y - place.y, 1.25 ** 3, { x: 0, y: 0, width: 160, height: 90 });
  await expectEverywhere(zoomed);
  await page.mouse.click(place.x + 80, place.y + 45);
  const hit = { x: zoomed.x + zoomed.width / 4, y: zoomed.y + zoomed.height / 4 };
  await expect.poll(() => notebook.facts<Point & { type: string }>("events").at(-1)?.type).toBe("pointer_up");
  const up = notebook.facts<Point>("events").at(-1);
  // Of its middle.
  expect(Math.abs((up?.x ?? NaN) + 0.5 - hit.x)).toBeLessThanOrEqual(1);
  expect(Math.abs((up?.y ?? NaN) + 0.5 - hit.y)).toBeLessThanOrEqual(1);

  // The same part of a larger frame.
  const larger = { x: 2 * zoomed.x, y: 2 * zoomed.y, width: 2 * zoomed.width, height: 2 * zoomed.height };
  notebook.wish({ size: [640, 360] });
  await expectEverywhere(larger, { width: 640, height: 360 });

  // Asked twice, and undone in between by a person.
  for (let time = 0; time < 2; time++) {
    notebook.wish({ size: [640, 360], traits: { region: null }, time });
    await expectEverywhere({ x: 0, y: 0, width: 640, height: 360 }, { width: 640, height: 360 });
    expect(told("zoom 0")).toBe(1);
    await page.keyboard.down("Control");
    await page.mouse.wheel(0, -200);
    await page.keyboard.up("Control");
    await expect.poll(() => told("zoom 0")).toBe(1.5625);
  }

  notebook.wish({ size: [640, 360], view: 1, traits: { linked: "", zoom: 1 } });
  await expect.poll(() => told("zoom 1")).toBe(1);
  expect(told("zoom 0")).toBe(1.5625);
  await expectRegion(views(page).last(), { width: 640, height: 360 }, { x: 0, y: 0, width: 640, height: 360 });
});

test("in JupyterLab, which loads the module once for each widget, linked views move together and Python knows", async ({
  page,
  jupyter,
}) => {
  const widget = (onPage: boolean): string =>
    `rfb.RfbCanvas(served=stream, width=320, height=180, linked="one", main_thread_present=${onPage ? "True" : "False"})`;
  jupyter.write("zoomed.ipynb", [
    `import marimo_rfb as rfb
from card import card
from facts import Facts
facts = Facts("zoomed")
stream = await rfb.serve(320, 180, port=0, formats=["image/png"])
facts.events(stream)
_ = rfb.publish_loop(stream, lambda: card(320, 180), fps=5)`,
    `first = ${widget(true)}\nfirst`,
    `second = ${widget(false)}\nsecond`,
    `facts.note("regions", [first.region, second.region])`,
  ]);
  const lab = await jupyter.open(page, "zoomed.ipynb");
  for (const index of [0, 1, 2]) await lab.run(index);
  await expectLive(page, 2);
  const place = await boxOf(views(page).first());
  const mouse = { x: Math.round(place.x + 80), y: Math.round(place.y + 135) };
  await page.mouse.move(mouse.x, mouse.y);
  await page.keyboard.down("Control");
  await page.mouse.wheel(0, -300);
  await page.keyboard.up("Control");
  const zoomed = about(mouse.x - place.x, mouse.y - place.y, 1.25 ** 3);
  for (const view of await views(page).all()) await expectRegion(view, FRAME, zoomed);
  const last = await boxOf(views(page).last());
  await page.mouse.click(last.x + 250, last.y + 60);
  await expect.poll(() => jupyter.facts<CardEvent>("zoomed", "events").map(({ type }) => type)).toContain("pointer_up");
  const down = jupyter.facts<CardEvent>("zoomed", "events").find(({ type }) => type === "pointer_down");
  const hit = { x: zoomed.x + (250 / 320) * zoomed.width, y: zoomed.y + (60 / 180) * zoomed.height };
  expect(Math.hypot((down?.x ?? NaN) + 0.5 - hit.x, (down?.y ?? NaN) + 0.5 - hit.y)).toBeLessThan(1.5);
  await lab.run(3);
  const regions = jupyter.facts<Sides[]>("zoomed", "regions").at(-1) ?? [];
  expect(regions).toHaveLength(2);
  for (const region of regions) await expectTold(async () => asRegion(region), zoomed);
  await jupyter.shutDown("zoomed.ipynb");
});

type Sides = [x: number, y: number, width: number, height: number];

function asRegion(sides: Sides | null | undefined): Region | undefined {
  if (!sides) return undefined;
  const [x, y, width, height] = sides;
  return { x, y, width, height };
}
