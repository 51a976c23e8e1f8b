import type { RectBitmap } from "../wire/worker_messages.ts";

/** What the 2D contexts of both kinds of canvas have in common. */
type Drawing = Pick<CanvasRenderingContext2D, "clearRect" | "drawImage" | "globalCompositeOperation">;

type Picture = HTMLCanvasElement | OffscreenCanvas | ImageBitmap;

interface Size {
  width: number;
  height: number;
}

/** A canvas of either kind. */
interface Surface extends Size {
  getContext(kind: "2d"): Drawing | null;
}

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

/** Make a canvas show `picture`, in its size. */
export function draw(canvas: Surface, picture: Picture): void {
  resize(canvas, picture);
  replace(canvas.getContext("2d"), picture);
}

/** Make a canvas that shows the picture before show the next one: a whole one, or rectangles of it. */
export function drawNext(canvas: Surface, bitmaps: readonly RectBitmap[], isWhole: boolean): void {
  if (isWhole) for (const { bitmap } of bitmaps) draw(canvas, bitmap);
  else replaceRects(canvas.getContext("2d"), bitmaps);
}

/** Setting a side clears the canvas, so do it only when the size changes. */
export function resize(canvas: Size, { width, height }: Readonly<Size>): void {
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
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
