import type { FrameShape } from "../wire/worker_messages.ts";
import type { CanvasHolder, Presenter } from "./presenter.ts";

/** Transfers canvases to the worker. */
export interface OffscreenCanvases {
  add(id: number, canvas: OffscreenCanvas, spare: OffscreenCanvas): void;
  remove(id: number): void;
}

/** The two canvases of a view, of which it shows one. */
interface CanvasPair {
  readonly id: number;
  readonly canvas: HTMLCanvasElement;
  readonly spare: HTMLCanvasElement;
}

/** Lets the worker paint the picture without the main thread. Every view has its own canvases. */
export class WorkerPresenter implements Presenter {
  readonly #canvases: OffscreenCanvases;
  readonly #pairs = new Map<CanvasHolder, CanvasPair>();
  #count = 0;
  #shape: FrameShape | undefined;

  constructor(canvases: OffscreenCanvases) {
    this.#canvases = canvases;
  }

  /** Whether the browser can transfer a canvas to a worker. */
  static isSupported(): boolean {
    return typeof OffscreenCanvas === "function" && "transferControlToOffscreen" in HTMLCanvasElement.prototype;
  }

  reshape(shape: FrameShape): void {
    this.#shape = shape;
    for (const holder of this.#pairs.keys()) holder.reshape(shape);
  }

  attach(holder: CanvasHolder): void {
    // A canvas can be transferred only once, so a view that is attached again needs new ones.
    const [canvas, spare] = [document.createElement("canvas"), document.createElement("canvas")];
    this.#count += 1;
    const id = this.#count;
    this.#pairs.set(holder, { id, canvas, spare });
    holder.mount(canvas);
    this.#canvases.add(id, canvas.transferControlToOffscreen(), spare.transferControlToOffscreen());
    if (this.#shape !== undefined) holder.reshape(this.#shape);
  }

  detach(holder: CanvasHolder): void {
    const pair = this.#pairs.get(holder);
    if (pair === undefined) return;
    this.#pairs.delete(holder);
    this.#canvases.remove(pair.id);
  }

  /** Show one of the canvases of the view with that id, once what the worker painted on it reached the page. */
  show(id: number, isSpare: boolean): void {
    requestAnimationFrame(() => requestAnimationFrame(() => this.#mount(id, isSpare)));
  }

  #mount(id: number, isSpare: boolean): void {
    for (const [holder, { id: candidate, canvas, spare }] of this.#pairs) {
      if (candidate === id) holder.mount(isSpare ? spare : canvas);
    }
  }
}
