import type { Page } from "@playwright/test";

declare global {
  interface Window {
    rfbPaints?: number[];
  }
}

/** Note from now on when the page hands a picture to a canvas, or draws one or a part of it. */
export async function notePaints(page: Page): Promise<void> {
  await page.evaluate(() => {
    const times: number[] = [];
    const note = (): void => void times.push(performance.timeOrigin + performance.now());
    window.rfbPaints = times;
    const { prototype } = ImageBitmapRenderingContext;
    const paint = prototype.transferFromImageBitmap;
    prototype.transferFromImageBitmap = function (bitmap) {
      note();
      paint.call(this, bitmap);
    };
    const { drawImage } = CanvasRenderingContext2D.prototype;
    CanvasRenderingContext2D.prototype.drawImage = function (source: CanvasImageSource, ...place: number[]) {
      // The magnifier and the like draw the canvas.
      if (source instanceof ImageBitmap) note();
      Reflect.apply(drawImage, this, [source, ...place]);
    };
  });
}

/** When pictures were painted between two times, all in milliseconds since the epoch. */
export async function paintsBetween(page: Page, from: number, to: number): Promise<number[]> {
  const times = await page.evaluate(() => window.rfbPaints ?? []);
  return times.filter((time) => time > from && time < to);
}
