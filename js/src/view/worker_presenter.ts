import type { FrameShape } from "../wire/worker_messages.ts";
import type { CanvasHolder, Presenter } from "./presenter.ts";

/** The canvases of the worker. */
export interface OffscreenCanvases {
  add(id: number, canvas: OffscreenCanvas): void;
  remove(id: number): void;
}

/** Has the worker paint the picture, without the page. Every view has a canvas of its own. */
export class WorkerPresenter implements Presenter {
  readonly #canvases: OffscreenCanvases;
  readonly #ids = new Map<CanvasHolder, number>();
  #count = 0;
  #shape: FrameShape | undefined;

  constructor(canvases: OffscreenCanvases) {
    this.#canvases = canvases;
  }

  /** True when the browser can hand a canvas over to a worker. */
  static isSupported(): boolean {
    return typeof OffscreenCanvas === "function" && "transferControlToOffscreen" in HTMLCanvasElement.prototype;
  }

  reshape(shape: FrameShape): void {
    this.#shape = shape;
    for (const holder of this.#ids.keys()) holder.reshape(shape);
  }

  attach(holder: CanvasHolder): void {
    // A canvas is handed over once and for ever, so a view that comes back needs a fresh one.
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
