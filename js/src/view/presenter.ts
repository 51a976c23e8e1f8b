import type { FrameShape } from "../wire/worker_messages.ts";

/** What a presenter needs of a view: a place for its canvas, and a call for the frame's size. */
export interface CanvasHolder {
  /** Put `canvas` in place of the one that is there. */
  mount(canvas: HTMLCanvasElement): void;
  /** Called before the first frame and whenever the size or pixel ratio of the frames changes. */
  reshape(shape: FrameShape): void;
}

/** Shows the picture of one link on any number of views. */
export interface Presenter {
  attach(holder: CanvasHolder): void;
  detach(holder: CanvasHolder): void;
}

/** True when `a` and `b` are the same shape, so that nothing needs to be laid out anew. */
export function sameShape(a: FrameShape | undefined, b: FrameShape): boolean {
  return a !== undefined && a.width === b.width && a.height === b.height && a.pixelRatio === b.pixelRatio;
}
