import type { Locator, Page } from "@playwright/test";
import { boxOf } from "./screen.ts";

/** A place in a view, in shares of its size. */
type Share = readonly [x: number, y: number];

/** Drag with the left button over a view. */
export async function drag(view: Locator, from: Share, to: Share): Promise<void> {
  await view.scrollIntoViewIfNeeded();
  const { x, y, width, height } = await boxOf(view);
  const { mouse } = view.page();
  await mouse.move(x + from[0] * width, y + from[1] * height);
  await mouse.down();
  await mouse.move(x + to[0] * width, y + to[1] * height, { steps: 5 });
  await mouse.up();
}

/** Take the pointer and the focus away, so that nothing lies over the picture. */
export async function leave(page: Page): Promise<void> {
  await page.mouse.move(2, 2);
  await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
}
