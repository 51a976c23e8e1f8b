import type { ImageHeader, RectsHeader } from "../wire/messages.ts";
import type { RectImage } from "../wire/rect_images.ts";
import { rectImages } from "../wire/rect_images.ts";
import { WireError } from "../wire/wire_error.ts";
import type { RectBitmap } from "../wire/worker_messages.ts";

const PNG = "image/png";

/** A picture as received; the ticket identifies it from here on. */
export interface EncodedPicture {
  readonly ticket: number;
  readonly header: ImageHeader | RectsHeader;
  readonly payload: Uint8Array<ArrayBuffer>;
}

/** Decode all images of a picture at once; return the reason if one of them fails. */
export async function decodePicture({ header, payload }: EncodedPicture): Promise<readonly RectBitmap[] | string> {
  try {
    if (header.type === "image_frame") {
      const { seq, width, height, mime } = header;
      return [{ x: 0, y: 0, width, height, bitmap: await decodeImage(seq, mime, payload) }];
    }
    return await decodeRects(header.seq, rectImages(header, payload));
  } catch (error) {
    if (error instanceof WireError) return `Frame ${header.seq} is malformed: ${error.message}.`;
    return error instanceof Error ? error.message : String(error);
  }
}

async function decodeRects(seq: number, images: readonly RectImage[]): Promise<readonly RectBitmap[]> {
  const outcomes = await Promise.allSettled(images.map((image) => decodeRect(seq, image)));
  const rects = outcomes.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : []));
  const failure = outcomes.find((outcome) => outcome.status === "rejected");
  if (failure === undefined) return rects;
  for (const { bitmap } of rects) bitmap.close();
  throw failure.reason;
}

async function decodeRect(seq: number, { x, y, width, height, mime, bytes }: RectImage): Promise<RectBitmap> {
  return { x, y, width, height, bitmap: await decodeImage(seq, mime, bytes, decodeSmall) };
}

async function decodeImage(
  seq: number,
  mime: string,
  bytes: Uint8Array<ArrayBuffer>,
  decode = decodeBlob,
): Promise<ImageBitmap> {
  try {
    return await decode(mime, bytes);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`The browser could not decode frame ${seq} (${mime}, ${bytes.byteLength} bytes): ${why}`, {
      cause,
    });
  }
}

function decodeBlob(mime: string, bytes: Uint8Array<ArrayBuffer>): Promise<ImageBitmap> {
  return createImageBitmap(new Blob([bytes], { type: mime }));
}

/**
 * Decode an image without a blob, which costs the browser's main process more than a small image costs to decode.
 *
 * Only a PNG: of a JPEG with half the color resolution, Chromium draws the colors coarser than of one in a blob.
 */
async function decodeSmall(mime: string, bytes: Uint8Array<ArrayBuffer>): Promise<ImageBitmap> {
  // It is missing in pages over plain HTTP.
  if (mime !== PNG || typeof ImageDecoder !== "function") return decodeBlob(mime, bytes);
  const decoder = new ImageDecoder({ type: mime, data: bytes });
  try {
    const { image } = await decoder.decode();
    return await createImageBitmap(image).finally(() => image.close());
  } catch {
    // The blob's decoder gives the reason, or can decode it.
    return await decodeBlob(mime, bytes);
  } finally {
    decoder.close();
  }
}
