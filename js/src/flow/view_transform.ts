import type { Box, Fit, Point, Size } from "./geometry.ts";
import { placeFrame } from "./geometry.ts";

/** Zoom and position of the picture in a view. */
export interface ViewTransform {
  /** The zoom factor relative to the fitted picture, at least 1. */
  readonly zoom: number;
  /** The centre of the visible part, as a fraction of the frame, 0 to 1 from its top left corner. */
  readonly x: number;
  readonly y: number;
}

/** A rectangle in frame pixels. */
export interface Region extends Point, Size {}

/** The frame and the viewport that a transform applies to. */
export interface ViewLayout {
  readonly fit: Fit;
  /** CSS pixels. */
  readonly viewport: Size;
  /** Frame pixels. */
  readonly frame: Size;
  /** Device pixels per CSS pixel. */
  readonly ratio: number;
}

/** The whole picture, fitted. */
export const WHOLE: ViewTransform = { zoom: 1, x: 0.5, y: 0.5 };

/** The maximum zoom: a frame pixel is at most this wide. */
const MAX_CSS_PX_PER_PIXEL = 64;

/** Wider frame pixels are shown as sharp squares, because smoothing would look blurred. */
const PIXELATED_CSS_PX_PER_PIXEL = 3;

/** A picture whose size is this close to a whole multiple of its frame is snapped to that multiple. */
const SNAP_DEVICE_PX = 2;

export function isSameTransform(a: ViewTransform, b: ViewTransform): boolean {
  return a.zoom === b.zoom && a.x === b.x && a.y === b.y;
}

/** Return where `transform` shows the frame, in CSS pixels of the viewport, snapped to whole device pixels. */
export function transformedBox(transform: ViewTransform, layout: ViewLayout): Box {
  return snapBox(exactBox(transform, layout), layout);
}

/** Clamp the zoom, and the position so that panning adds no bars. */
export function clampTransform({ zoom, x, y }: ViewTransform, layout: ViewLayout): ViewTransform {
  const { width, height } = fittedBox(layout);
  const possible = Math.min(Math.max(zoom, 1), maxZoom(layout));
  return {
    zoom: possible,
    x: clampCenter(x, layout.viewport.width / (width * possible)),
    y: clampCenter(y, layout.viewport.height / (height * possible)),
  };
}

/** Zoom by `factor` and move the point at `from` to `to`, clamped to the picture. */
export function panZoom(
  transform: ViewTransform,
  from: Point,
  to: Point,
  factor: number,
  layout: ViewLayout,
): ViewTransform {
  const before = exactBox(transform, layout);
  const { width: fittedWidth } = fittedBox(layout);
  const width = Math.min(Math.max(before.width * factor, fittedWidth), fittedWidth * maxZoom(layout));
  const grown = width / before.width;
  const left = to.x - (from.x - before.left) * grown;
  const top = to.y - (from.y - before.top) * grown;
  return clampTransform(
    {
      zoom: width / fittedWidth,
      x: (layout.viewport.width / 2 - left) / width,
      y: (layout.viewport.height / 2 - top) / (before.height * grown),
    },
    layout,
  );
}

/** Zoom by `factor` around the point `css`. */
export function zoomAt(transform: ViewTransform, factor: number, css: Point, layout: ViewLayout): ViewTransform {
  return panZoom(transform, css, css, factor, layout);
}

/** Move the picture by CSS pixels. */
export function panBy(transform: ViewTransform, css: Point, layout: ViewLayout): ViewTransform {
  return panZoom(transform, { x: 0, y: 0 }, css, 1, layout);
}

/** Return the visible part of the frame, in frame pixels. */
export function visibleRegion(transform: ViewTransform, layout: ViewLayout): Region {
  const { viewport, frame } = layout;
  const box = exactBox(transform, layout);
  const left = Math.max(0, -box.left);
  const top = Math.max(0, -box.top);
  const right = Math.min(box.width, viewport.width - box.left);
  const bottom = Math.min(box.height, viewport.height - box.top);
  const across = frame.width / box.width;
  const down = frame.height / box.height;
  return { x: left * across, y: top * down, width: (right - left) * across, height: (bottom - top) * down };
}

/** Return the transform that shows all of `region`, as large as possible. */
export function transformOf(region: Region, layout: ViewLayout): ViewTransform {
  const { viewport, frame } = layout;
  const fitted = fittedBox(layout);
  const width = Math.max(region.width, 1e-6) * (fitted.width / frame.width);
  const height = Math.max(region.height, 1e-6) * (fitted.height / frame.height);
  return clampTransform(
    {
      zoom: Math.min(viewport.width / width, viewport.height / height),
      x: (region.x + region.width / 2) / frame.width,
      y: (region.y + region.height / 2) / frame.height,
    },
    layout,
  );
}

/** Return the width of a frame pixel under `transform`, in CSS pixels. */
export function cssPerPixel(transform: ViewTransform, layout: ViewLayout): number {
  return exactBox(transform, layout).width / layout.frame.width;
}

/** Whether to show the frame's pixels as squares under `transform`. */
export function isPixelated(transform: ViewTransform, layout: ViewLayout): boolean {
  return cssPerPixel(transform, layout) > PIXELATED_CSS_PX_PER_PIXEL;
}

function fittedBox({ fit, viewport, frame }: ViewLayout): Box {
  return placeFrame(fit, viewport, frame);
}

function exactBox(transform: ViewTransform, layout: ViewLayout): Box {
  const fitted = fittedBox(layout);
  const { zoom, x, y } = clampTransform(transform, layout);
  const width = fitted.width * zoom;
  const height = fitted.height * zoom;
  return { left: layout.viewport.width / 2 - x * width, top: layout.viewport.height / 2 - y * height, width, height };
}

/** Snap to device pixels, so that a frame rendered for the view, or shown as squares, is not blurred. */
function snapBox(box: Box, { viewport, frame, ratio }: ViewLayout): Box {
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

/** Return the snapped start of a side that was `length` and is now `snapped` long, without adding a bar. */
function snapSide(start: number, length: number, snapped: number, room: number, ratio: number): number {
  const devicePx = (start + (length - snapped) / 2) * ratio;
  let whole = Math.round(devicePx);
  if (start + length >= room) whole = Math.max(whole, Math.ceil((room - snapped) * ratio));
  if (start <= 0) whole = Math.min(whole, 0);
  return whole / ratio;
}

function maxZoom(layout: ViewLayout): number {
  return Math.max(1, (MAX_CSS_PX_PER_PIXEL * layout.frame.width) / fittedBox(layout).width);
}

/** `seen`: the visible fraction of the frame in this direction; 1 or more if all of it is visible. */
function clampCenter(middle: number, seen: number): number {
  if (!(seen < 1)) return 0.5;
  return Math.min(Math.max(middle, seen / 2), 1 - seen / 2);
}
