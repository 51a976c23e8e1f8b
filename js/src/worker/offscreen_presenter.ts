import { replace } from "../flow/replace.ts";

/** The canvas of one view. One of them receives the bitmap itself (the taker); the others draw a copy. */
interface OffscreenSurface {
  readonly canvas: OffscreenCanvas;
  readonly context: ImageBitmapRenderingContext | OffscreenCanvasRenderingContext2D;
}

type PaintSource = OffscreenCanvas | ImageBitmap;

/** Paints the canvases of all views of a link from the worker, and keeps the last picture for the next view. */
export class OffscreenPresenter {
  readonly #surfaces = new Map<number, OffscreenSurface>();
  #taker: OffscreenSurface | undefined;
  /** What holds the last picture: a canvas, even after its view was removed, or a bitmap if there was no view. */
  #last: PaintSource | undefined;

  add(id: number, canvas: OffscreenCanvas): void {
    const taking = this.#taker === undefined ? canvas.getContext("bitmaprenderer") : null;
    const context = taking ?? canvas.getContext("2d");
    if (context === null) throw new Error("this browser does not support canvas contexts in workers");
    const surface: OffscreenSurface = { canvas, context };
    this.#surfaces.set(id, surface);
    if (taking !== null) this.#taker = surface;
    if (this.#last !== undefined) put(surface, taking === null ? this.#last : copyOf(this.#last));
  }

  remove(id: number): void {
    const surface = this.#surfaces.get(id);
    this.#surfaces.delete(id);
    if (surface === this.#taker) this.#taker = undefined;
  }

  /** Show `bitmap` on every canvas; takes ownership of it. */
  paint(bitmap: ImageBitmap): void {
    for (const surface of this.#surfaces.values()) {
      if (surface !== this.#taker) put(surface, bitmap);
    }
    if (this.#taker !== undefined) {
      put(this.#taker, bitmap);
      this.#keep(this.#taker.canvas);
      return;
    }
    const [drawn] = this.#surfaces.values();
    this.#keep(drawn?.canvas ?? bitmap);
    if (drawn !== undefined) bitmap.close();
  }

  #keep(picture: PaintSource): void {
    if (this.#last instanceof ImageBitmap && this.#last !== picture) this.#last.close();
    this.#last = picture;
  }
}

function put({ canvas, context }: OffscreenSurface, picture: PaintSource): void {
  // Setting a side clears the canvas, so do it only when the size changes.
  if (canvas.width !== picture.width) canvas.width = picture.width;
  if (canvas.height !== picture.height) canvas.height = picture.height;
  if ("transferFromImageBitmap" in context) context.transferFromImageBitmap(picture as ImageBitmap);
  else replace(context, picture);
}

function copyOf(picture: PaintSource): ImageBitmap {
  const canvas = new OffscreenCanvas(picture.width, picture.height);
  canvas.getContext("2d")?.drawImage(picture, 0, 0);
  return canvas.transferToImageBitmap();
}
