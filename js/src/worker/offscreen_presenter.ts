import { CanvasChoice } from "../flow/canvas_choice.ts";
import type { Size } from "../flow/geometry.ts";
import { draw, drawNext, resize } from "../flow/replace.ts";
import type { RectBitmap } from "../wire/worker_messages.ts";

type PaintSource = OffscreenCanvas | ImageBitmap;

/** A view whose canvas takes over whole bitmaps. Rectangles need its spare canvas, which keeps its content. */
interface BitmapSurface {
  readonly id: number;
  readonly canvas: OffscreenCanvas;
  readonly context: ImageBitmapRenderingContext;
  readonly spare: OffscreenCanvas;
}

/** Called when a view is to show its spare canvas instead of the first one, or the first one again. */
type OnShown = (id: number, isSpare: boolean) => void;

/**
 * Paints the canvases of all views of a link from the worker, and keeps the last picture for the next view.
 *
 * One view takes over the bitmaps of whole pictures; on the canvases of the others they are drawn. While there are
 * rectangles, all canvases that are drawn on have the size of the frame, to which smaller pictures are stretched.
 */
export class OffscreenPresenter {
  readonly #onShown: OnShown;
  readonly #choice = new CanvasChoice();
  /** The canvases on which all pictures are drawn, by view. */
  readonly #copies = new Map<number, OffscreenCanvas>();
  #taker: BitmapSurface | undefined;
  /** Whether pictures are drawn for the taker, too, on its spare canvas. */
  #isDrawing = false;
  /** What holds the last picture: a canvas, even after its view was removed, or a bitmap if there was no view. */
  #last: PaintSource | undefined;

  constructor(onShown: OnShown) {
    this.#onShown = onShown;
  }

  add(id: number, canvas: OffscreenCanvas, spare: OffscreenCanvas): void {
    const context = this.#taker === undefined ? canvas.getContext("bitmaprenderer") : null;
    if (context === null) {
      if (canvas.getContext("2d") === null) throw new Error("this browser does not support canvas contexts in workers");
      this.#copies.set(id, canvas);
      if (this.#last !== undefined) draw(canvas, this.#last);
      return;
    }
    this.#taker = { id, canvas, context, spare };
    if (this.#last === undefined) return;
    // Even if the view shows its spare canvas soon: it must not be blank until then.
    transfer(this.#taker, copyOf(this.#last));
    if (this.#isDrawing) this.#drawOnSpare(this.#taker, this.#last, this.#last);
  }

  remove(id: number): void {
    this.#copies.delete(id);
    if (id === this.#taker?.id) this.#taker = undefined;
  }

  /**
   * Show a whole picture, or rectangles of it, on every canvas; takes ownership of the bitmaps.
   *
   * `frame` is the size of the frame.
   */
  paint(bitmaps: readonly RectBitmap[], isWhole: boolean, frame: Size): void {
    this.#choose(isWhole, frame);
    if (this.#isDrawing) this.#draw(bitmaps, isWhole, frame);
    else this.#transfer(bitmaps);
  }

  #transfer(bitmaps: readonly RectBitmap[]): void {
    const [copy] = this.#copies.values();
    for (const { bitmap } of bitmaps) {
      for (const canvas of this.#copies.values()) draw(canvas, bitmap);
      if (this.#taker !== undefined) transfer(this.#taker, bitmap);
      else if (copy !== undefined) bitmap.close();
      else this.#keep(bitmap);
    }
    const holder = this.#taker?.canvas ?? copy;
    if (holder !== undefined) this.#keep(holder);
  }

  #draw(bitmaps: readonly RectBitmap[], isWhole: boolean, frame: Size): void {
    const canvases = [...this.#copies.values()];
    if (this.#taker !== undefined) canvases.push(this.#taker.spare);
    if (canvases.length === 0 && this.#last !== undefined) canvases.push(drawableOf(this.#last, frame));
    for (const canvas of canvases) drawNext(canvas, bitmaps, isWhole);
    for (const { bitmap } of bitmaps) bitmap.close();
    const [holder] = canvases;
    if (holder !== undefined) this.#keep(holder);
  }

  #choose(isWhole: boolean, frame: Size): void {
    const isDrawing = this.#choice.isDrawn(isWhole, frame);
    if (isDrawing === this.#isDrawing) return;
    this.#isDrawing = isDrawing;
    if (!isDrawing) {
      if (this.#taker !== undefined) this.#onShown(this.#taker.id, false);
      return;
    }
    if (this.#taker !== undefined && this.#last !== undefined) this.#drawOnSpare(this.#taker, this.#last, frame);
    for (const copy of this.#copies.values()) stretch(copy, frame);
  }

  #drawOnSpare({ id, spare }: BitmapSurface, picture: PaintSource, size: Size): void {
    draw(spare, picture, size);
    this.#onShown(id, true);
  }

  #keep(picture: PaintSource): void {
    if (this.#last instanceof ImageBitmap && this.#last !== picture) this.#last.close();
    this.#last = picture;
  }
}

function transfer({ canvas, context }: BitmapSurface, bitmap: ImageBitmap): void {
  resize(canvas, bitmap);
  context.transferFromImageBitmap(bitmap);
}

/** Return `picture` if it is a canvas of that size that can be drawn on, else such a canvas with its content. */
function drawableOf(picture: PaintSource, size: Size): OffscreenCanvas {
  const isCanvas = picture instanceof OffscreenCanvas && picture.getContext("2d") !== null;
  if (isCanvas && hasSize(picture, size)) return picture;
  const canvas = new OffscreenCanvas(size.width, size.height);
  draw(canvas, picture, size);
  return canvas;
}

/** Give a canvas another size, to which its content is stretched. */
function stretch(canvas: OffscreenCanvas, size: Size): void {
  if (hasSize(canvas, size)) return;
  const content = copyOf(canvas);
  draw(canvas, content, size);
  content.close();
}

function hasSize({ width, height }: Size, size: Size): boolean {
  return width === size.width && height === size.height;
}

function copyOf(picture: PaintSource): ImageBitmap {
  const canvas = new OffscreenCanvas(picture.width, picture.height);
  draw(canvas, picture);
  return canvas.transferToImageBitmap();
}
