import type { Size } from "./geometry.ts";

/** How many whole pictures in a row end a run of rectangles: a second or less of a smooth stream. */
const MAX_WHOLE_RUN = 30;
/** Chromium's limit. A larger canvas shows nothing, and never recovers. */
const MAX_CANVAS_PIXELS = 16_384 ** 2;

/** Whether a canvas can have the size of the frame, as rectangles require. */
export function fitsCanvas({ width, height }: Size): boolean {
  return width * height <= MAX_CANVAS_PIXELS;
}

/**
 * Decides on which canvas a picture is painted.
 *
 * A canvas that takes over bitmaps is the cheapest for whole pictures (measured: drawing them costs 17 % more on the
 * page), but does not keep its content. Rectangles are drawn on one that does, which costs less than half of composing
 * a bitmap of the whole picture and handing that over. Whole pictures among rectangles are drawn there, too.
 */
export class CanvasChoice {
  #wholeRun = MAX_WHOLE_RUN;

  /** Whether to draw the next picture, on a canvas of the size of the frame. */
  isDrawn(isWhole: boolean, frame: Size): boolean {
    if (!fitsCanvas(frame)) this.#wholeRun = MAX_WHOLE_RUN;
    else this.#wholeRun = isWhole ? this.#wholeRun + 1 : 0;
    return this.#wholeRun < MAX_WHOLE_RUN;
  }
}
