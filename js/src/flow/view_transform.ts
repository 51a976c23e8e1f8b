import type { Box, Fit, Point, Size } from "./geometry.ts";
import { placeFrame } from "./geometry.ts";

/** Which part of the picture is looked at. */
export interface Lens {
  /** How much larger than the fitted picture, at least 1. */
  readonly zoom: number;
  /** The middle of what is seen, in parts of the frame from its top left corner, 0 to 1. */
  readonly x: number;
  readonly y: number;
}

/** A rectangle in frame pixels. */
export interface Region extends Point, Size {}

/** What a lens is over. */
export interface Scene {
  readonly fit: Fit;
  /** CSS pixels. */
  readonly viewport: Size;
  /** Frame pixels. */
  readonly frame: Size;
  /** Device pixels for each CSS pixel. */
  readonly ratio: number;
}

/** The whole picture, fitted. */
export const WHOLE: Lens = { zoom: 1, x: 0.5, y: 0.5 };

/** A frame pixel is shown at most so many CSS pixels wide; nobody needs to see less than some ten pixels. */
const MOST_CSS_PX_PER_PIXEL = 64;

/** From so many CSS pixels a frame pixel is shown as a square: what is smooth then looks blurred. */
const CRISP_CSS_PX_PER_PIXEL = 3;

/** A picture that misses whole device pixels for each of its own by no more than this is shown with whole ones. */
const SNAP_DEVICE_PX = 2;

export function isSameLens(a: Lens, b: Lens): boolean {
  return a.zoom === b.zoom && a.x === b.x && a.y === b.y;
}

/** Where the frame is shown under `lens`, CSS pixels of the viewport: `exactBox` on whole device pixels. */
export function placeLens(lens: Lens, scene: Scene): Box {
  return snapBox(exactBox(lens, scene), scene);
}

/** `lens` with a zoom that is possible, and moved so that no bar is shown that the fitted picture would not need. */
export function keepInside({ zoom, x, y }: Lens, scene: Scene): Lens {
  const { width, height } = fittedBox(scene);
  const possible = Math.min(Math.max(zoom, 1), mostZoom(scene));
  return {
    zoom: possible,
    x: keepMiddle(x, scene.viewport.width / (width * possible)),
    y: keepMiddle(y, scene.viewport.height / (height * possible)),
  };
}

/** Show it larger by `factor`, and what was at `from` at `to`, as far as the picture reaches. */
export function carryLens(lens: Lens, from: Point, to: Point, factor: number, scene: Scene): Lens {
  const before = exactBox(lens, scene);
  const { width: fittedWidth } = fittedBox(scene);
  const width = Math.min(Math.max(before.width * factor, fittedWidth), fittedWidth * mostZoom(scene));
  const grown = width / before.width;
  const left = to.x - (from.x - before.left) * grown;
  const top = to.y - (from.y - before.top) * grown;
  return keepInside(
    {
      zoom: width / fittedWidth,
      x: (scene.viewport.width / 2 - left) / width,
      y: (scene.viewport.height / 2 - top) / (before.height * grown),
    },
    scene,
  );
}

/** Zoom by `factor` so that what is at `css` stays there. */
export function zoomAt(lens: Lens, factor: number, css: Point, scene: Scene): Lens {
  return carryLens(lens, css, css, factor, scene);
}

/** Move the picture by CSS pixels. */
export function panBy(lens: Lens, css: Point, scene: Scene): Lens {
  return carryLens(lens, { x: 0, y: 0 }, css, 1, scene);
}

/** The part of the frame that is seen, frame pixels. */
export function regionOf(lens: Lens, scene: Scene): Region {
  const { viewport, frame } = scene;
  const box = exactBox(lens, scene);
  const left = Math.max(0, -box.left);
  const top = Math.max(0, -box.top);
  const right = Math.min(box.width, viewport.width - box.left);
  const bottom = Math.min(box.height, viewport.height - box.top);
  const across = frame.width / box.width;
  const down = frame.height / box.height;
  return { x: left * across, y: top * down, width: (right - left) * across, height: (bottom - top) * down };
}

/** The lens under which all of `region` is seen, as large as it can be. */
export function lensOf(region: Region, scene: Scene): Lens {
  const { viewport, frame } = scene;
  const fitted = fittedBox(scene);
  const width = Math.max(region.width, 1e-6) * (fitted.width / frame.width);
  const height = Math.max(region.height, 1e-6) * (fitted.height / frame.height);
  return keepInside(
    {
      zoom: Math.min(viewport.width / width, viewport.height / height),
      x: (region.x + region.width / 2) / frame.width,
      y: (region.y + region.height / 2) / frame.height,
    },
    scene,
  );
}

/** CSS pixels that a frame pixel is wide under `lens`. */
export function cssPerPixel(lens: Lens, scene: Scene): number {
  return exactBox(lens, scene).width / scene.frame.width;
}

/** Whether the pixels of the frame are to be seen as squares under `lens`. */
export function isCrisp(lens: Lens, scene: Scene): boolean {
  return cssPerPixel(lens, scene) > CRISP_CSS_PX_PER_PIXEL;
}

function fittedBox({ fit, viewport, frame }: Scene): Box {
  return placeFrame(fit, viewport, frame);
}

function exactBox(lens: Lens, scene: Scene): Box {
  const fitted = fittedBox(scene);
  const { zoom, x, y } = keepInside(lens, scene);
  const width = fitted.width * zoom;
  const height = fitted.height * zoom;
  return { left: scene.viewport.width / 2 - x * width, top: scene.viewport.height / 2 - y * height, width, height };
}

/** So that a frame made for the device pixels of the view, or shown in squares, is not blurred. */
function snapBox(box: Box, { viewport, frame, ratio }: Scene): Box {
  const times = Math.max(1, Math.round((box.width * ratio) / frame.width));
  const width = (times * frame.width) / ratio;
  const height = (times * frame.height) / ratio;
  const misses = Math.max(Math.abs(width - box.width), Math.abs(height - box.height)) * ratio;
  const size = misses <= SNAP_DEVICE_PX ? { width, height } : { width: box.width, height: box.height };
  return {
    ...size,
    left: snapSide(box.left, box.width, size.width, viewport.width, ratio),
    top: snapSide(box.top, box.height, size.height, viewport.height, ratio),
  };
}

/** The whole device pixel where a side begins that was `length` and is `snapped`; no bar appears where there was none. */
function snapSide(start: number, length: number, snapped: number, room: number, ratio: number): number {
  const devicePx = (start + (length - snapped) / 2) * ratio;
  let whole = Math.round(devicePx);
  if (start + length >= room) whole = Math.max(whole, Math.ceil((room - snapped) * ratio));
  if (start <= 0) whole = Math.min(whole, 0);
  return whole / ratio;
}

function mostZoom(scene: Scene): number {
  return Math.max(1, (MOST_CSS_PX_PER_PIXEL * scene.frame.width) / fittedBox(scene).width);
}

/** `seen`: how much of the frame the viewport shows in this direction; 1 or more when all of it. */
function keepMiddle(middle: number, seen: number): number {
  if (!(seen < 1)) return 0.5;
  return Math.min(Math.max(middle, seen / 2), 1 - seen / 2);
}
