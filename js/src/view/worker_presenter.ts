import type { FrameShape } from "../wire/worker_messages.ts";
import type { CanvasHolder, Presenter } from "./presenter.ts";

/** Transfers canvases to the worker. */
export interface OffscreenCanvases {
  add(id: number, canvas: OffscreenCanvas): void;
  remove(id: number): void;
}

/** Lets the worker paint the picture without the main thread. Every view has its own canvas. */
export class WorkerPresenter implements Presenter {
  readonly #canvases: OffscreenCanvases;
  readonly #ids = new Map<CanvasHolder, number>();
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
    for (const holder of this.#ids.keys()) holder.reshape(shape);
  }

  attach(holder: CanvasHolder): void {
    // A canvas can be transferred only once, so a view that is attached again needs a new one.
    const canvas = document.createElement("canvas");
    this.#count += 1;
    this.#ids.set(holder, this.#count);
    holder.mount(canvas);
    this.#canvases.add(this.#count, canvas.transferControlToOffscreen());
    if (this.#shape !== undefined) holder.reshape(this.#shape);
  }

  detach(holder: CanvasHolder): void {
    const id = this.#ids.get(holder);
    if (id === undefined) return;
    this.#ids.delete(holder);
    this.#canvases.remove(id);
  }
}
