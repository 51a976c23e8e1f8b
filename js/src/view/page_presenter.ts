import { CanvasChoice } from "../flow/canvas_choice.ts";
import { draw, drawNext, replace, resize } from "../flow/replace.ts";
import type { FrameShape, RectBitmap } from "../wire/worker_messages.ts";
import type { CanvasHolder, Presenter } from "./presenter.ts";
import { sameShape } from "./presenter.ts";

/** A frame from the worker, whole or rectangles of it; the presenter owns the bitmaps. */
export interface PageFrame {
  readonly ticket: number;
  readonly bitmaps: readonly RectBitmap[];
  readonly isWhole: boolean;
  readonly shape: FrameShape;
}

/**
 * Paints the picture on the main thread.
 *
 * The first view gets a `bitmaprenderer` canvas (measured cheaper than drawing); further views get drawn copies. That
 * first canvas belongs to the link and moves from view to view, so a remounted view shows the last picture at once.
 * While there are rectangles, a canvas that keeps its content takes its place; it has the size of the frame, to which
 * smaller pictures are stretched.
 */
export class PagePresenter implements Presenter {
  readonly #choice = new CanvasChoice();
  readonly #takingCanvas = document.createElement("canvas");
  readonly #context: ImageBitmapRenderingContext | CanvasRenderingContext2D | null;
  /** The canvas of the first view, which holds the last picture. */
  #canvas = this.#takingCanvas;
  readonly #copies = new Map<CanvasHolder, HTMLCanvasElement>();
  #owner: CanvasHolder | undefined;
  #shape: FrameShape | undefined;

  constructor() {
    this.#context = this.#takingCanvas.getContext("bitmaprenderer") ?? this.#takingCanvas.getContext("2d");
  }

  attach(holder: CanvasHolder): void {
    if (this.#owner === undefined) {
      this.#owner = holder;
      holder.mount(this.#canvas);
    } else {
      const copy = document.createElement("canvas");
      this.#copies.set(holder, copy);
      if (this.#shape !== undefined) draw(copy, this.#canvas);
      holder.mount(copy);
    }
    if (this.#shape !== undefined) holder.reshape(this.#shape);
  }

  detach(holder: CanvasHolder): void {
    this.#copies.delete(holder);
    if (holder !== this.#owner) return;
    this.#owner = undefined;
    // A copy costs a draw per frame, so the next view takes over the canvas, which holds the same picture.
    const [heir] = this.#copies.keys();
    if (heir === undefined) return;
    this.#copies.delete(heir);
    this.#owner = heir;
    heir.mount(this.#canvas);
  }

  /**
   * Show a frame at once.
   *
   * Not in an animation frame callback: the browser samples the canvas when it renders anyway, so the callback would
   * only add latency (measured: 6 to 17 ms at 60 Hz). A bitmap that a newer one replaces before that costs only its
   * decoding.
   */
  paint(frame: PageFrame): void {
    if (this.#choice.isDrawn(frame.isWhole, frame.shape)) this.#draw(frame);
    else this.#transfer(frame);
    const { shape } = frame;
    if (sameShape(this.#shape, shape)) return;
    this.#shape = shape;
    this.#owner?.reshape(shape);
    for (const holder of this.#copies.keys()) holder.reshape(shape);
  }

  #transfer({ bitmaps }: PageFrame): void {
    for (const { bitmap } of bitmaps) {
      for (const copy of this.#copies.values()) draw(copy, bitmap);
      resize(this.#takingCanvas, bitmap);
      if (this.#context instanceof ImageBitmapRenderingContext) {
        this.#context.transferFromImageBitmap(bitmap);
      } else {
        replace(this.#context, bitmap, bitmap);
        bitmap.close();
      }
    }
    this.#show(this.#takingCanvas);
  }

  #draw({ bitmaps, isWhole, shape }: PageFrame): void {
    const isFirst = this.#canvas === this.#takingCanvas;
    const canvas = isFirst ? document.createElement("canvas") : this.#canvas;
    for (const each of [canvas, ...this.#copies.values()]) {
      if (isFirst) draw(each, this.#takingCanvas, shape);
      drawNext(each, bitmaps, isWhole);
    }
    for (const { bitmap } of bitmaps) bitmap.close();
    this.#show(canvas);
  }

  /** Mount `canvas`, which is painted already, so that the picture never goes blank. */
  #show(canvas: HTMLCanvasElement): void {
    if (canvas === this.#canvas) return;
    this.#canvas = canvas;
    this.#owner?.mount(canvas);
  }
}
