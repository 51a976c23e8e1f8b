import { assertNever } from "./assert_never.ts";

/** How a frame fills a viewport of another aspect ratio: with bars, cropped or stretched. */
export type Fit = "contain" | "cover" | "fill";

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** A point; its units and origin depend on the context. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Where the frame lies, in CSS pixels from the top left corner of the viewport. */
export interface Box extends Size {
  readonly left: number;
  readonly top: number;
}

/** The indices of a frame pixel; out of range unless `inside`. */
export interface FramePoint extends Point {
  readonly inside: boolean;
}

/** Place a frame of any positive size (its units cancel) into a viewport in CSS pixels. */
export function placeFrame(fit: Fit, viewport: Size, frame: Size): Box {
  const [width, height] = scaledSize(fit, viewport, frame);
  return { left: (viewport.width - width) / 2, top: (viewport.height - height) / 2, width, height };
}

function scaledSize(fit: Fit, viewport: Size, frame: Size): [width: number, height: number] {
  const horizontal = viewport.width / frame.width;
  const vertical = viewport.height / frame.height;
  switch (fit) {
    case "fill":
      return [viewport.width, viewport.height];
    case "contain":
      return horizontal <= vertical
        ? [viewport.width, frame.height * horizontal]
        : [frame.width * vertical, viewport.height];
    case "cover":
      return horizontal >= vertical
        ? [viewport.width, frame.height * horizontal]
        : [frame.width * vertical, viewport.height];
    default:
      return assertNever(fit);
  }
}

/** The frame pixel under a point in CSS pixels of the viewport; the inverse of `placeFrame`. */
export function toFramePoint(box: Box, frame: Size, css: Point): FramePoint {
  if (box.width <= 0 || box.height <= 0) return { x: 0, y: 0, inside: false };
  const x = Math.floor(((css.x - box.left) * frame.width) / box.width);
  const y = Math.floor(((css.y - box.top) * frame.height) / box.height);
  return { x, y, inside: x >= 0 && y >= 0 && x < frame.width && y < frame.height };
}
