import type { Box, Size } from "./geometry.ts";
import { placeFrame } from "./geometry.ts";

/** Encoders reject shorter sides, and Chromium's fail without an error above this number of pixels. */
const MIN_SIDE = 16;
const MAX_PIXELS = 4096 * 2304;

const BITS_PER_PIXEL = 5;
const MIN_BPS = 2_500_000;
const MAX_BPS = 40_000_000;

/** Return the size of the video: that of the frames, rounded to even numbers, unless encoders reject it. */
export function videoSize({ width, height }: Size): Size {
  const grown = Math.max(1, Math.ceil(MIN_SIDE / Math.min(width, height)));
  const scale = Math.min(grown, Math.sqrt(MAX_PIXELS / (width * height)));
  return { width: toEven(width * scale), height: toEven(height * scale) };
}

/** Return where a frame of any size lies in a video of size `video`. */
export function placeInVideo(video: Size, frame: Size): Box {
  // Do not scale a frame by less than a pixel because a side is odd: that would blur all of it.
  const isOwn = toEven(frame.width) === video.width && toEven(frame.height) === video.height;
  if (isOwn) return { left: 0, top: 0, width: frame.width, height: frame.height };
  return placeFrame("contain", video, frame);
}

/** Return the bit rate for a video of that size, in bits per second. */
export function videoBitsPerS({ width, height }: Size): number {
  return Math.min(Math.max(width * height * BITS_PER_PIXEL, MIN_BPS), MAX_BPS);
}

function toEven(side: number): number {
  return 2 * Math.floor(side / 2);
}
