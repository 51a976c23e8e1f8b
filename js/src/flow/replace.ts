import type { RectBitmap } from "../wire/worker_messages.ts";

/** What the 2D contexts of both kinds of canvas have in common. */
type Drawing = Pick<CanvasRenderingContext2D, "clearRect" | "drawImage" | "globalCompositeOperation">;

/**
 * Replace the content of a canvas by `picture`.
 *
 * With the default operation, the previous frame would show through transparent pixels. A change of the canvas' size
 * resets the operation, so it is set each time.
 */
export function replace(context: Drawing | null, picture: CanvasImageSource): void {
  if (context === null) return;
  context.globalCompositeOperation = "copy";
  context.drawImage(picture, 0, 0);
}

/** Replace rectangles of a canvas, transparent pixels too. */
export function replaceRects(context: Drawing | null, rects: readonly RectBitmap[]): void {
  if (context === null) return;
  // "copy" would clear the rest of the canvas.
  context.globalCompositeOperation = "source-over";
  for (const { x, y, bitmap } of rects) {
    context.clearRect(x, y, bitmap.width, bitmap.height);
    context.drawImage(bitmap, x, y);
  }
}
