import type { RectsHeader } from "./messages.ts";
import { MAX_RECTS } from "./messages.ts";
import { WireError } from "./wire_error.ts";

/** The image of a rectangle, which is in pixels of the frame; `bytes` is a view into the message. */
export interface RectImage {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly mime: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Integers for each rectangle in `rects`. */
const STRIDE = 5;

/**
 * Return the images of `image_rects`.
 *
 * @throws WireError if the fields of the header contradict each other or the payload.
 */
export function rectImages(header: RectsHeader, payload: Uint8Array<ArrayBuffer>): RectImage[] {
  const { seq, base_seq, rects, mimes } = header;
  if (base_seq >= seq) throw new WireError(`base_seq must be less than ${seq}, got ${base_seq}`);
  if (mimes.length < 1 || mimes.length > MAX_RECTS) {
    throw new WireError(`there must be 1 to ${MAX_RECTS} rectangles, got ${mimes.length}`);
  }
  if (rects.length !== STRIDE * mimes.length) {
    throw new WireError(`rects must have ${STRIDE * mimes.length} integers, got ${rects.length}`);
  }
  const images: RectImage[] = [];
  let offset = 0;
  for (const [index, mime] of mimes.entries()) {
    const [x = 0, y = 0, width = 0, height = 0, size = 0] = rects.slice(STRIDE * index, STRIDE * (index + 1));
    if (!(isInside(x, width, header.width) && isInside(y, height, header.height))) {
      throw new WireError(
        `a rectangle must be inside ${header.width} x ${header.height}, got ${[x, y, width, height]}`,
      );
    }
    if (!(size >= 1 && size <= payload.byteLength - offset)) {
      throw new WireError(`an image has ${size} bytes of the ${payload.byteLength - offset} that are left`);
    }
    images.push({ x, y, width, height, mime, bytes: payload.subarray(offset, offset + size) });
    offset += size;
  }
  if (offset !== payload.byteLength) throw new WireError(`${payload.byteLength - offset} bytes belong to no image`);
  return images;
}

function isInside(start: number, length: number, side: number): boolean {
  return start >= 0 && length >= 1 && start <= side - length;
}
