import type { Page } from "@playwright/test";

declare global {
  interface Window {
    rfbPaints?: number[];
  }
}

/** Note from now on when the page hands a picture to a canvas. */
export async function notePaints(page: Page): Promise<void> {
  await page.evaluate(() => {
    const times: number[] = [];
    window.rfbPaints = times;
    const { prototype } = ImageBitmapRenderingContext;
    const paint = prototype.transferFromImageBitmap;
    prototype.transferFromImageBitmap = function (bitmap) {
      times.push(performance.timeOrigin + performance.now());
      paint.call(this, bitmap);
    };
  });
}

/** When pictures were painted between two times, all in milliseconds since the epoch. */
export async function paintsBetween(page: Page, from: number, to: number): Promise<number[]> {
  const times = await page.evaluate(() => window.rfbPaints ?? []);
  return times.filter((time) => time > from && time < to);
}
