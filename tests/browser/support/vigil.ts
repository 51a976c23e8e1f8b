import type { Page } from "@playwright/test";
import { expect } from "@playwright/test";
import type { Point } from "./card.ts";
import { quadrants } from "./card.ts";
import type { Rgb } from "./png.ts";

/** What the card is drawn to for a look at it. */
const PROBE = { width: 64, height: 36 };

interface Place extends Point {
  readonly color: Rgb;
}

declare global {
  interface Window {
    /** In how many animation frames a view was in the page, and what it looked like without the card. */
    rfbWatched?: { frames: number; blank: string[] };
  }
}

/**
 * Look at every view of the test card in every animation frame of the page, from now on and after a reload too.
 *
 * A frame counts for a view that is in the page and laid out: what marimo does not show is not ours. The card has to be
 * in its canvas, or in the still that stands for it.
 */
export async function keepVigil(page: Page): Promise<void> {
  const places: Place[] = quadrants(PROBE);
  await page.addInitScript(watch, places);
  await page.evaluate(watch, places);
}

/** Since the page was loaded, or since this was asked last, the card was there in every frame that counts. */
export async function expectNoBlank(page: Page): Promise<void> {
  const watched = await page.evaluate(() => {
    const seen = window.rfbWatched;
    window.rfbWatched = { frames: 0, blank: [] };
    return seen;
  });
  expect(watched?.frames).toBeGreaterThan(0);
  expect(watched?.blank).toEqual([]);
}

/** Runs in the page, so it stands alone. */
function watch(places: readonly Place[]): void {
  if (window.rfbWatched !== undefined) return;
  window.rfbWatched = { frames: 0, blank: [] };
  const probe = document.createElement("canvas");
  [probe.width, probe.height] = [64, 36];
  const context = probe.getContext("2d", { willReadFrequently: true });

  const showsCard = (picture: HTMLCanvasElement | HTMLImageElement | null): boolean => {
    if (picture === null || context === null || !isShown(picture)) return false;
    const isLoaded = picture instanceof HTMLImageElement ? picture.complete && picture.naturalWidth > 0 : true;
    if (!isLoaded || picture.width === 0 || picture.height === 0) return false;
    context.clearRect(0, 0, probe.width, probe.height);
    context.drawImage(picture, 0, 0, probe.width, probe.height);
    const seen = context.getImageData(0, 0, probe.width, probe.height).data;
    return places.every(({ x, y, color }) => {
      const at = 4 * (y * probe.width + x);
      return color.every((channel, index) => Math.abs(channel - (seen[at + index] ?? 0)) < 40);
    });
  };

  const isShown = (element: Element): boolean => {
    const { width, height } = element.getBoundingClientRect();
    return width > 0 && height > 0 && element.checkVisibility({ opacityProperty: true, visibilityProperty: true });
  };

  const look = (): void => {
    const seen = window.rfbWatched;
    for (const host of document.querySelectorAll("marimo-anywidget")) {
      const root = host.shadowRoot?.querySelector("div.rfb-root");
      if (!root || !seen || !isShown(root)) continue;
      seen.frames += 1;
      const canvas = root.querySelector<HTMLCanvasElement>(".rfb-canvas");
      const still = root.querySelector<HTMLImageElement>(".rfb-poster");
      if (showsCard(canvas) || showsCard(still)) continue;
      const size = canvas ? `canvas ${canvas.width} x ${canvas.height}, ${canvas.style.cssText}` : "no canvas";
      seen.blank.push(`${Math.round(performance.now())}: ${root.className}, ${size}, ${still ? "a" : "no"} still`);
    }
  };

  const next = (): void => {
    requestAnimationFrame(next);
    // The observers of a page are told after its layout and right before it is painted, the one made last at the end.
    const last = new ResizeObserver(() => {
      last.disconnect();
      look();
    });
    last.observe(document.documentElement);
  };
  requestAnimationFrame(next);
}
