import type { CDPSession, Locator, Page } from "@playwright/test";
import { expect } from "@playwright/test";
import type { Point, Size } from "./card.ts";
import { cardColor, quadrants } from "./card.ts";
import { noted } from "./plain_page.ts";
import type { Rgb } from "./png.ts";
import { Pixels } from "./png.ts";
import { boxOf, isClose } from "./screen.ts";

/** A part of a frame, frame pixels. */
export interface Region extends Size, Point {}

export interface Seen {
  readonly region: Region;
  readonly zoom: number;
}

const NAMES = ["x", "y", "width", "height"] as const;

/** What the widget of a plain page told last of what is seen. */
export async function seen(page: Page): Promise<Seen | undefined> {
  const { sent } = await noted(page);
  const choices = sent.map((message) => (message as { choices?: { seen?: Seen } }).choices);
  return choices.findLast((choice) => choice?.seen !== undefined)?.seen;
}

/** Wait until what is told is this region, give or take a quarter of a frame pixel. */
export async function expectTold(told: () => Promise<Region | undefined>, region: Region): Promise<void> {
  const isNear = async (): Promise<boolean> => {
    const now = await told();
    return NAMES.every((name) => Math.abs((now?.[name] ?? NaN) - region[name]) <= 0.25);
  };
  await expect.poll(isNear, { message: `what is told is ${JSON.stringify(region)}` }).toBe(true);
}

/** Wait until the widget of a plain page tells of this region. */
export async function expectSeen(page: Page, region: Region): Promise<void> {
  await expectTold(async () => (await seen(page))?.region, region);
}

/** Wait until all of the view shows this region of the card, and nothing else, on screen. */
export async function expectRegion(root: Locator, frame: Size, region: Region): Promise<void> {
  await root.scrollIntoViewIfNeeded();
  const faults = async (): Promise<string[]> => {
    const { viewport, pixels, ratio, left, top } = await shot(root, 1);
    const faults: string[] = [];
    let looked = 0;
    // Away from the rim and the left corner, where the ring of the focus and the chrome are.
    for (let y = 12; y < viewport.height - 12; y += 6) {
      for (let x = 36; x < viewport.width - 12; x += 6) {
        // Where colours meet, scaling blurs.
        const around = [-2, 0, 2].flatMap((dy) => [-2, 0, 2].map((dx) => frameOf(viewport, region, x + dx, y + dy)));
        const expected = cardColor(frame, frameOf(viewport, region, x, y));
        if (expected === undefined || around.some((point) => cardColor(frame, point) !== expected)) continue;
        looked += 1;
        const color = pixels.at((left + x) * ratio, (top + y) * ratio);
        if (!isClose(color, expected, 4)) faults.push(`(${x}, ${y}) is ${color} and not ${expected}`);
      }
    }
    return looked > 100 ? faults.slice(0, 5) : [`only ${looked} places could be seen`];
  };
  await expect.poll(faults, { message: `the screen shows ${JSON.stringify(region)}` }).toEqual([]);
}

/** Wait until the screen has exactly the pixels of the card, in the middle of the view or right beside that. */
export async function expectSharp(root: Locator, frame: Size): Promise<void> {
  const wrong = async (): Promise<number> => {
    const { viewport, pixels, ratio, left, top } = await shot(root, 3);
    const x = Math.round(left * ratio + (viewport.width * ratio - frame.width) / 2);
    const y = Math.round(top * ratio + (viewport.height * ratio - frame.height) / 2);
    // More of them need not be counted.
    let least = 500;
    for (const dy of [0, -1, 1]) {
      for (const dx of [0, -1, 1]) least = Math.min(least, wrongPixels(pixels, frame, x + dx, y + dy, least));
    }
    return least;
  };
  await expect.poll(wrong, { message: "pixels that are not those of the card" }).toBe(0);
}

/** How many pixels of the screen have none of the card's own colours. */
export async function blurred(root: Locator, frame: Size): Promise<number> {
  const { pixels } = await shot(root, -2);
  const own: Rgb[] = [[0, 0, 0], [255, 255, 255], ...quadrants(frame).map(({ color }) => color)];
  let count = 0;
  for (let y = 0; y < pixels.height; y++) {
    for (let x = 0; x < pixels.width; x++) {
      const color = pixels.at(x, y);
      if (!own.some((each) => isClose(each, color, 0))) count += 1;
    }
  }
  return count;
}

/** How many pixels of the card are wrong, where it begins at a place of `pixels`; no more than `most` are counted. */
function wrongPixels(pixels: Pixels, frame: Size, left: number, top: number, most: number): number {
  let wrong = 0;
  for (let y = 0; y < frame.height; y++) {
    for (let x = 0; x < frame.width; x++) {
      const expected = cardColor(frame, { x, y });
      if (expected === undefined || isClose(pixels.at(left + x, top + y), expected, 0)) continue;
      wrong += 1;
      if (wrong >= most) return most;
    }
  }
  return wrong;
}

/** The screen where a view is, and `margin` CSS pixels around it; the place of its corner there. */
async function shot(root: Locator, margin: number) {
  const viewport = await boxOf(root.locator(".rfb-viewport"));
  const [x, y] = [Math.floor(viewport.x) - margin, Math.floor(viewport.y) - margin];
  const clip = { x, y, width: Math.ceil(viewport.width) + 2 * margin, height: Math.ceil(viewport.height) + 2 * margin };
  const pixels = Pixels.fromPng(await root.page().screenshot({ clip }));
  return { viewport, pixels, ratio: pixels.width / clip.width, left: viewport.x - x, top: viewport.y - y };
}

/** The frame pixel at a place of a view that `region` fills. */
function frameOf(viewport: Size, region: Region, x: number, y: number): Point {
  return {
    x: Math.floor(region.x + (x / viewport.width) * region.width),
    y: Math.floor(region.y + (y / viewport.height) * region.height),
  };
}

/** Fingers on the glass, as the browser hears of them from the screen. */
export class Fingers {
  readonly #session: CDPSession;
  #down = 0;
  #lastS = 0;

  private constructor(session: CDPSession) {
    this.#session = session;
  }

  static async of(page: Page): Promise<Fingers> {
    return new Fingers(await page.context().newCDPSession(page));
  }

  /** Put fingers down, each after the one before; those that are down already stay. */
  async down(points: readonly Point[]): Promise<void> {
    for (let count = this.#down + 1; count <= points.length; count++) {
      await this.#send("touchStart", points.slice(0, count));
    }
    this.#down = points.length;
  }

  async drag(points: readonly Point[]): Promise<void> {
    await this.#send("touchMove", points);
  }

  async up(): Promise<void> {
    this.#down = 0;
    await this.#send("touchEnd", []);
  }

  /** Put fingers down, move them together by steps, and lift them. */
  async move(from: readonly Point[], to: readonly Point[]): Promise<void> {
    await this.down(from);
    const steps = 6;
    for (let step = 1; step <= steps; step++) {
      const between = (a: number, b: number): number => a + ((b - a) * step) / steps;
      await this.drag(
        from.map(({ x, y }, index) => ({ x: between(x, to[index]?.x ?? x), y: between(y, to[index]?.y ?? y) })),
      );
    }
    await this.up();
  }

  /** Two taps in a quarter of a second, however long it takes to tell the browser of them. */
  async doubleTap(point: Point): Promise<void> {
    const quarterAgoS = (): number => Date.now() / 1000 - 0.25;
    // No touch is before the one that the browser was told of last.
    await expect.poll(quarterAgoS, { intervals: [50] }).toBeGreaterThan(this.#lastS);
    const startS = quarterAgoS();
    for (const [index, type] of (["touchStart", "touchEnd", "touchStart", "touchEnd"] as const).entries()) {
      await this.#send(type, type === "touchStart" ? [point] : [], startS + index * 0.06);
    }
  }

  async #send(
    type: "touchStart" | "touchMove" | "touchEnd",
    points: readonly Point[],
    timestamp = Date.now() / 1000,
  ): Promise<void> {
    this.#lastS = timestamp;
    const touchPoints = points.map((point, id) => ({ ...point, id }));
    await this.#session.send("Input.dispatchTouchEvent", { type, touchPoints, timestamp });
  }
}
