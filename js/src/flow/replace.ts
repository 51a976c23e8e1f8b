import type { Size } from "./geometry.ts";
import type { RectBitmap } from "../wire/worker_messages.ts";

/** What the 2D contexts of both kinds of canvas have in common. */
type Drawing = Pick<CanvasRenderingContext2D, "drawImage" | "fillRect" | "globalCompositeOperation">;

type Picture = HTMLCanvasElement | OffscreenCanvas | ImageBitmap;

/** A canvas of either kind. */
interface Surface {
  width: number;
  height: number;
  getContext(kind: "2d"): Drawing | null;
}

/**
 * Replace the content of a canvas by `picture`, stretched to `size`.
 *
 * With the default operation, the previous frame would show through transparent pixels. A change of the canvas' size
 * resets the operation, so it is set each time.
 */
export function replace(context: Drawing | null, picture: CanvasImageSource, { width, height }: Size): void {
  if (context === null) return;
  context.globalCompositeOperation = "copy";
  context.drawImage(picture, 0, 0, width, height);
}

/** Make a canvas of `size` show `picture`, stretched. */
export function draw(canvas: Surface, picture: Picture, size: Size = picture): void {
  resize(canvas, size);
  replace(canvas.getContext("2d"), picture, size);
}

/** Make a canvas of the frame's size that shows the picture before show the next one: a whole one, or rectangles. */
export function drawNext(canvas: Surface, bitmaps: readonly RectBitmap[], isWhole: boolean): void {
  if (isWhole) for (const rect of bitmaps) draw(canvas, rect.bitmap, rect);
  else replaceRects(canvas.getContext("2d"), bitmaps);
}

/** Setting a side clears the canvas, so do it only when the size changes. */
export function resize(canvas: Surface, { width, height }: Size): void {
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
}

/** Replace rectangles of a canvas, transparent pixels too. */
export function replaceRects(context: Drawing | null, rects: readonly RectBitmap[]): void {
  if (context === null) return;
  for (const { x, y, width, height, bitmap } of rects) {
    // "copy" would clear the rest of the canvas; after `clearRect`, Chromium composites all of it anew (measured: 1 to
    // 2 ms a frame at 1080p).
    context.globalCompositeOperation = "destination-out";
    context.fillRect(x, y, width, height);
    context.globalCompositeOperation = "source-over";
    context.drawImage(bitmap, x, y, width, height);
  }
}
