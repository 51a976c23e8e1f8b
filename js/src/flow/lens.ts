import type { Box, Fit, Size } from "./geometry.ts";
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
export interface Region extends Size {
  readonly x: number;
  readonly y: number;
}

/** What a lens is over. */
export interface Scene {
  readonly fit: Fit;
  /** CSS pixels. */
  readonly viewport: Size;
  /** Frame pixels. */
  readonly frame: Size;
}

interface Point {
  readonly x: number;
  readonly y: number;
}

/** The whole picture, fitted. */
export const WHOLE: Lens = { zoom: 1, x: 0.5, y: 0.5 };

/** A frame pixel is shown at most so many CSS pixels wide; nobody needs to see less than some ten pixels. */
const MOST_CSS_PX_PER_PIXEL = 64;

export function isSameLens(a: Lens, b: Lens): boolean {
  return a.zoom === b.zoom && a.x === b.x && a.y === b.y;
}

/** Where the frame lies in the viewport under `lens`, CSS pixels. */
export function placeLens(lens: Lens, scene: Scene): Box {
  const base = placeFrame(scene.fit, scene.viewport, scene.frame);
  const { zoom, x, y } = keepInside(lens, scene);
  const width = base.width * zoom;
  const height = base.height * zoom;
  return { left: scene.viewport.width / 2 - x * width, top: scene.viewport.height / 2 - y * height, width, height };
}

/** `lens` with a zoom that is possible, and moved so that no bar is shown that the fitted picture would not need. */
export function keepInside({ zoom, x, y }: Lens, scene: Scene): Lens {
  const base = placeFrame(scene.fit, scene.viewport, scene.frame);
  const possible = Math.min(Math.max(zoom, 1), mostZoom(scene));
  return {
    zoom: possible,
    x: keepMiddle(x, scene.viewport.width / (base.width * possible)),
    y: keepMiddle(y, scene.viewport.height / (base.height * possible)),
  };
}

/** Zoom by `factor` so that what is at `css`, CSS pixels of the viewport, stays there. */
export function zoomAt(lens: Lens, factor: number, css: Point, scene: Scene): Lens {
  const before = placeLens(lens, scene);
  const zoom = Math.min(Math.max(lens.zoom * factor, 1), mostZoom(scene));
  const grown =
    before.width === 0 ? 1 : (placeFrame(scene.fit, scene.viewport, scene.frame).width * zoom) / before.width;
  const left = css.x - (css.x - before.left) * grown;
  const top = css.y - (css.y - before.top) * grown;
  return keepInside(
    {
      zoom,
      x: (scene.viewport.width / 2 - left) / (before.width * grown),
      y: (scene.viewport.height / 2 - top) / (before.height * grown),
    },
    scene,
  );
}

/** Move the picture by CSS pixels. */
export function panBy(lens: Lens, css: Point, scene: Scene): Lens {
  const box = placeLens(lens, scene);
  const { zoom, x, y } = keepInside(lens, scene);
  return keepInside({ zoom, x: x - css.x / box.width, y: y - css.y / box.height }, scene);
}

/** The part of the frame that is seen, frame pixels. */
export function regionOf(lens: Lens, scene: Scene): Region {
  const { viewport, frame } = scene;
  const box = placeLens(lens, scene);
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
  const base = placeFrame(scene.fit, viewport, frame);
  const width = Math.max(region.width, 1e-6) * (base.width / frame.width);
  const height = Math.max(region.height, 1e-6) * (base.height / frame.height);
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
  return placeLens(lens, scene).width / scene.frame.width;
}

function mostZoom(scene: Scene): number {
  const base = placeFrame(scene.fit, scene.viewport, scene.frame);
  return Math.max(1, (MOST_CSS_PX_PER_PIXEL * scene.frame.width) / base.width);
}

/** `seen`: how much of the frame the viewport shows in this direction; 1 or more when all of it. */
function keepMiddle(middle: number, seen: number): number {
  if (!(seen < 1)) return 0.5;
  return Math.min(Math.max(middle, seen / 2), 1 - seen / 2);
}
