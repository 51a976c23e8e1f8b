import type { FrameShape } from "../wire/worker_messages.ts";

/** What a presenter needs from a view. */
export interface CanvasHolder {
  /** Replace the current canvas by `canvas`. */
  mount(canvas: HTMLCanvasElement): void;
  /** Called before the first frame and whenever the size or pixel ratio of the frames changes. */
  reshape(shape: FrameShape): void;
}

/** Shows the picture of one link in any number of views. */
export interface Presenter {
  attach(holder: CanvasHolder): void;
  detach(holder: CanvasHolder): void;
}

/** Whether the shape is unchanged, so that no new layout is needed. */
export function sameShape(a: FrameShape | undefined, b: FrameShape): boolean {
  return a !== undefined && a.width === b.width && a.height === b.height && a.pixelRatio === b.pixelRatio;
}
