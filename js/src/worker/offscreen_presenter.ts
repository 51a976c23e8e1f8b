import { replace } from "../flow/replace.ts";

/** One canvas of one view; only one of them takes the bitmap itself, the others are drawn. */
interface OffscreenSurface {
  readonly canvas: OffscreenCanvas;
  readonly context: ImageBitmapRenderingContext | OffscreenCanvasRenderingContext2D;
}

type PaintSource = OffscreenCanvas | ImageBitmap;

/** The canvases of all views of a link, painted from the worker; keeps the last picture for a view that comes back. */
export class OffscreenPresenter {
  readonly #surfaces = new Map<number, OffscreenSurface>();
  #taker: OffscreenSurface | undefined;
  /** Whatever holds the last picture: one of the canvases, also after its view went, or a bitmap without any view. */
  #last: PaintSource | undefined;

  add(id: number, canvas: OffscreenCanvas): void {
    const taking = this.#taker === undefined ? canvas.getContext("bitmaprenderer") : null;
    const context = taking ?? canvas.getContext("2d");
    if (context === null) throw new Error("this browser gives a worker no canvas context");
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

  /** Show `bitmap` on every canvas; it is used up. */
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
  // Setting either side clears the canvas, so only when it changes.
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
