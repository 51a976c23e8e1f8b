import type { Locator, Page } from "@playwright/test";
import { expect } from "@playwright/test";
import type { Point, Size } from "./card.ts";
import { cardColor, counterCells, samplePoints } from "./card.ts";
import type { Rgb } from "./png.ts";
import { Pixels } from "./png.ts";

declare global {
  interface Window {
    /** Set while the page is scrolled to a view that has no picture yet. */
    rfbScrollBack?: () => void;
  }
}

const OVER_THE_PICTURE = ".rfb-status, .rfb-banner, .rfb-badge, .rfb-toast, .rfb-hud, .rfb-tooltip.rfb-shown";

export type Fit = "contain" | "cover" | "fill";

interface Rect extends Size, Point {}

/** Where a frame lies in a viewport, reckoned apart from the code under test. */
export function placed(fit: Fit, viewport: Rect, frame: Size): Rect {
  const across = viewport.width / frame.width;
  const down = viewport.height / frame.height;
  const scale = { contain: Math.min(across, down), cover: Math.max(across, down), fill: 1 }[fit];
  const width = fit === "fill" ? viewport.width : frame.width * scale;
  const height = fit === "fill" ? viewport.height : frame.height * scale;
  const x = viewport.x + (viewport.width - width) / 2;
  const y = viewport.y + (viewport.height - height) / 2;
  return { x, y, width, height };
}

/** Where an element is. A canvas may give way to another one while it is measured, which is found then. */
export async function boxOf(locator: Locator): Promise<Rect> {
  let box: Rect | null = null;
  await expect
    .poll(async () => (box = await locator.boundingBox()), { message: "something is laid out there", intervals: [20] })
    .not.toBeNull();
  return box as unknown as Rect;
}

/** One look at the screen where a view is: what a person sees, frame by frame pixel. */
export class Look {
  readonly frame: Size;
  /** The view in CSS pixels of the window. */
  readonly viewport: Rect;
  readonly #pixels: Pixels;
  readonly #picture: Rect;
  readonly #covered: readonly Rect[];
  readonly #clip: Rect;

  private constructor(
    frame: Size,
    viewport: Rect,
    picture: Rect,
    covered: readonly Rect[],
    pixels: Pixels,
    clip: Rect,
  ) {
    this.frame = frame;
    this.viewport = viewport;
    this.#picture = picture;
    this.#covered = covered;
    this.#pixels = pixels;
    this.#clip = clip;
  }

  static async at(root: Locator, frame: Size, fit: Fit = "contain"): Promise<Look> {
    const page = root.page();
    await root.scrollIntoViewIfNeeded();
    const viewport = await boxOf(root.locator(".rfb-viewport"));
    // The toolbar is always there, unseen until somebody comes: the keyboard must reach it.
    const isAwake = await root.evaluate((view) => view.classList.contains("rfb-awake"));
    const over = isAwake ? `${OVER_THE_PICTURE}, .rfb-toolbar` : OVER_THE_PICTURE;
    const chrome = await root.locator(over).filter({ visible: true }).all();
    const covered = (await Promise.all(chrome.map((each) => each.boundingBox()))).filter((box) => box !== null);
    const clip = wholePixels(viewport);
    const pixels = Pixels.fromPng(await page.screenshot({ clip }));
    return new Look(frame, viewport, placed(fit, viewport, frame), covered, pixels, clip);
  }

  /** The colour on screen at a place in CSS pixels from the view's top left corner. */
  atCss({ x, y }: Point): Rgb {
    return this.#atWindow({ x: this.viewport.x + x, y: this.viewport.y + y });
  }

  /** The colour on screen where a frame pixel lies, or some pixels of the screen beside it; undefined if unseen. */
  atFrame(point: Point, beside: Point = { x: 0, y: 0 }): Rgb | undefined {
    const ratio = this.#pixels.width / this.#clip.width;
    const x = this.#picture.x + ((point.x + 0.5) * this.#picture.width) / this.frame.width + beside.x / ratio;
    const y = this.#picture.y + ((point.y + 0.5) * this.#picture.height) / this.frame.height + beside.y / ratio;
    // Nor its rim, where the ring of the focus is, nor that of the picture: one that fits but for two pixels of the
    // screen is shown pixel by pixel, and ends so much earlier.
    const isRim = !contains(this.viewport, { x, y }, -3) || !contains(this.#picture, { x, y }, -3);
    if (isRim || this.#covered.some((rect) => contains(rect, { x, y }, 2))) return undefined;
    return this.#atWindow({ x, y });
  }

  /** What is wrong with the card on screen, with `tolerance` in each channel; empty when it is all right. */
  faults(tolerance: number): string[] {
    const faults: string[] = [];
    let looked = 0;
    for (const point of samplePoints(this.frame)) {
      const seen = this.atFrame(point);
      const expected = cardColor(this.frame, point);
      if (seen === undefined || expected === undefined) continue;
      looked += 1;
      if (!isClose(seen, expected, tolerance)) faults.push(`(${point.x}, ${point.y}) is ${seen} and not ${expected}`);
    }
    if (looked < 200) faults.push(`only ${looked} places could be seen`);
    return faults.slice(0, 8);
  }

  /** How many pixels of the screen are not exactly those of the card, which is shown without scaling. */
  wrongPixels(): number {
    if (this.#pixels.width !== this.frame.width || this.#pixels.height !== this.frame.height) {
      throw new Error(`the picture takes ${this.#pixels.width} x ${this.#pixels.height} pixels of the screen`);
    }
    let wrong = 0;
    for (let y = 0; y < this.frame.height; y++) {
      for (let x = 0; x < this.frame.width; x++) {
        const expected = cardColor(this.frame, { x, y });
        if (expected !== undefined && !isClose(this.#pixels.at(x, y), expected, 0)) wrong += 1;
      }
    }
    return wrong;
  }

  /** The number in the card; undefined when its cells are not black and white. */
  count(): number | undefined {
    let count = 0;
    for (const [bit, cell] of counterCells(this.frame).entries()) {
      const [red = 128] = this.atFrame(cell) ?? [];
      if (red > 60 && red < 195) return undefined;
      if (red >= 195) count += 2 ** bit;
    }
    return count;
  }

  #atWindow({ x, y }: Point): Rgb {
    const ratio = this.#pixels.width / this.#clip.width;
    return this.#pixels.at((x - this.#clip.x) * ratio, (y - this.#clip.y) * ratio);
  }
}

/** What a screenshot can be cut to: a part of a pixel would shift all of it. */
function wholePixels({ x, y, width, height }: Rect): Rect {
  const [left, top] = [Math.floor(x), Math.floor(y)];
  return { x: left, y: top, width: Math.ceil(x + width) - left, height: Math.ceil(y + height) - top };
}

export function isClose(a: Rgb, b: Rgb, tolerance: number): boolean {
  return a.every((channel, index) => Math.abs(channel - (b[index] ?? 0)) <= tolerance);
}

function contains(rect: Rect, { x, y }: Point, margin: number): boolean {
  return (
    x >= rect.x - margin &&
    y >= rect.y - margin &&
    x < rect.x + rect.width + margin &&
    y < rect.y + rect.height + margin
  );
}

/** Wait until the whole card is right on screen. */
export async function expectCard(
  root: Locator,
  frame: Size,
  { fit = "contain" as Fit, tolerance = 3 } = {},
): Promise<void> {
  await expect.poll(async () => (await Look.at(root, frame, fit)).faults(tolerance)).toEqual([]);
}

/** Wait until every pixel of the screen is that of the card, which must be shown without scaling. */
export async function expectExactCard(root: Locator, frame: Size): Promise<void> {
  await expect.poll(async () => (await Look.at(root, frame)).wrongPixels()).toBe(0);
}

/** Wait until the card on screen shows another number than it does now, and then once more. */
export async function expectMoving(root: Locator, frame: Size, fit: Fit = "contain"): Promise<void> {
  let last = await settledCount(root, frame, fit);
  for (let step = 0; step < 2; step++) {
    const before = last;
    await expect
      .poll(async () => (last = (await Look.at(root, frame, fit)).count() ?? before), {
        message: "the picture stands still",
      })
      .not.toBe(before);
  }
}

/** Wait until the card on screen shows a number. */
export async function expectCount(root: Locator, frame: Size, count: number): Promise<void> {
  await expect.poll(async () => (await Look.at(root, frame)).count()).toBe(count);
}

async function settledCount(root: Locator, frame: Size, fit: Fit): Promise<number> {
  let count: number | undefined;
  await expect.poll(async () => (count = (await Look.at(root, frame, fit)).count())).toBeDefined();
  return count ?? 0;
}

/** The place in the window of the middle of a frame pixel. */
export async function placeOf(root: Locator, frame: Size, point: Point, fit: Fit = "contain"): Promise<Point> {
  const picture = placed(fit, await boxOf(root.locator(".rfb-viewport")), frame);
  return {
    x: picture.x + ((point.x + 0.5) * picture.width) / frame.width,
    y: picture.y + ((point.y + 0.5) * picture.height) / frame.height,
  };
}

/** Every view of the page; Playwright looks into open shadow roots. */
export function views(page: Page): Locator {
  return page.locator("div.rfb-root");
}

const LIVE = 'div.rfb-root[data-state="negotiated"]:not(.rfb-empty)';
const WITHOUT_PICTURE = 'div.rfb-root[data-state="negotiated"].rfb-empty';

/**
 * Wait until `count` views are live.
 *
 * What has been out of sight for a second is given no picture, not even a first one: those are scrolled to, as a person
 * would, and the page is left where it was.
 */
export async function expectLive(page: Page, count = 1): Promise<void> {
  await expect
    .poll(
      async () => {
        await page.locator(WITHOUT_PICTURE).evaluateAll(revealFirst);
        return page.locator(LIVE).count();
      },
      { message: "so many views are live", intervals: [100, 250] },
    )
    .toBe(count);
  await page.evaluate(() => window.rfbScrollBack?.());
}

/** Runs in the page, so it stands alone. */
async function revealFirst([view]: readonly Element[]): Promise<void> {
  if (view === undefined) return;
  const isOnScreen = await new Promise<boolean>((resolve) => {
    const observer = new IntersectionObserver(([crossing]) => {
      observer.disconnect();
      resolve(crossing?.isIntersecting ?? false);
    });
    observer.observe(view);
  });
  if (isOnScreen) return;
  if (window.rfbScrollBack === undefined) {
    const places: [Element, number][] = [];
    const parentOf = (node: Node): Node | null => (node instanceof ShadowRoot ? node.host : node.parentNode);
    for (let node: Node | null = view; node !== null; node = parentOf(node)) {
      if (node instanceof Element) places.push([node, node.scrollTop]);
    }
    window.rfbScrollBack = () => {
      for (const [element, top] of places) element.scrollTop = top;
      delete window.rfbScrollBack;
    };
  }
  view.scrollIntoView({ block: "nearest", behavior: "instant" });
}
