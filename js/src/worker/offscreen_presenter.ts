import { CanvasChoice } from "../flow/canvas_choice.ts";
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
 * One view takes over the bitmaps of whole pictures; on the canvases of the others they are drawn.
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
    if (this.#isDrawing) this.#drawOnSpare(this.#taker, this.#last);
  }

  remove(id: number): void {
    this.#copies.delete(id);
    if (id === this.#taker?.id) this.#taker = undefined;
  }

  /** Show a whole picture, or rectangles of it, on every canvas; takes ownership of the bitmaps. */
  paint(bitmaps: readonly RectBitmap[], isWhole: boolean): void {
    this.#choose(isWhole);
    const taker = this.#isDrawing ? undefined : this.#taker;
    const canvases = this.#drawnCanvases();
    for (const canvas of canvases) drawNext(canvas, bitmaps, isWhole);
    const [drawn] = canvases;
    for (const { bitmap } of bitmaps) {
      if (taker !== undefined) transfer(taker, bitmap);
      else if (drawn !== undefined) bitmap.close();
      else this.#keep(bitmap);
    }
    const holder = taker?.canvas ?? drawn;
    if (holder !== undefined) this.#keep(holder);
  }

  #choose(isWhole: boolean): void {
    const isDrawing = this.#choice.isDrawn(isWhole);
    if (isDrawing === this.#isDrawing) return;
    this.#isDrawing = isDrawing;
    if (this.#taker === undefined) return;
    if (!isDrawing) this.#onShown(this.#taker.id, false);
    else if (this.#last !== undefined) this.#drawOnSpare(this.#taker, this.#last);
  }

  #drawOnSpare({ id, spare }: BitmapSurface, picture: PaintSource): void {
    draw(spare, picture);
    this.#onShown(id, true);
  }

  #drawnCanvases(): OffscreenCanvas[] {
    const canvases = [...this.#copies.values()];
    if (!this.#isDrawing) return canvases;
    if (this.#taker !== undefined) canvases.push(this.#taker.spare);
    if (canvases.length === 0 && this.#last !== undefined) canvases.push(drawableOf(this.#last));
    return canvases;
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

/** Return `picture` if it is a canvas that can be drawn on, else such a canvas with its content. */
function drawableOf(picture: PaintSource): OffscreenCanvas {
  if (picture instanceof OffscreenCanvas && picture.getContext("2d") !== null) return picture;
  const canvas = new OffscreenCanvas(picture.width, picture.height);
  draw(canvas, picture);
  return canvas;
}

function copyOf(picture: PaintSource): ImageBitmap {
  const canvas = new OffscreenCanvas(picture.width, picture.height);
  draw(canvas, picture);
  return canvas.transferToImageBitmap();
}
