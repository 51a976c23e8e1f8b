import type { Box, Size } from "./geometry.ts";
import { placeFrame } from "./geometry.ts";

/** Encoders take no side below this, and Chromium's give up without a word above so many pixels. */
const MIN_SIDE = 16;
const MAX_PIXELS = 4096 * 2304;

const BITS_PER_PIXEL = 5;
const MIN_BPS = 2_500_000;
const MAX_BPS = 40_000_000;

/** The size of a video of such frames: their own, made even, unless encoders reject it. */
export function videoSize({ width, height }: Size): Size {
  const grown = Math.max(1, Math.ceil(MIN_SIDE / Math.min(width, height)));
  const scale = Math.min(grown, Math.sqrt(MAX_PIXELS / (width * height)));
  return { width: toEven(width * scale), height: toEven(height * scale) };
}

/** Where a frame of any size lies in a video of size `video`. */
export function placeInVideo(video: Size, frame: Size): Box {
  // Scaling by less than a pixel, only because a side was odd, would blur all of it.
  const isOwn = toEven(frame.width) === video.width && toEven(frame.height) === video.height;
  if (isOwn) return { left: 0, top: 0, width: frame.width, height: frame.height };
  return placeFrame("contain", video, frame);
}

/** The bit rate for a video of that size, bits a second. */
export function videoBitsPerS({ width, height }: Size): number {
  return Math.min(Math.max(width * height * BITS_PER_PIXEL, MIN_BPS), MAX_BPS);
}

function toEven(side: number): number {
  return 2 * Math.floor(side / 2);
}
