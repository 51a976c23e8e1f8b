import type { ImageHeader } from "../wire/messages.ts";

/** A picture as received; the ticket identifies it from here on. */
export interface EncodedImage {
  readonly ticket: number;
  readonly header: ImageHeader;
  readonly payload: Uint8Array<ArrayBuffer>;
}

/** A picture that can be painted; its last owner closes the bitmap. */
export interface DecodedImage {
  readonly ticket: number;
  readonly header: ImageHeader;
  readonly bitmap: ImageBitmap;
  readonly decodeMs: number;
}

/** Each pushed image causes exactly one of these calls, unless `reset` comes first. */
export interface DecoderListener {
  onDecoded(image: DecodedImage): void;
  /** A newer image superseded it. */
  onDropped(ticket: number): void;
  onFailed(ticket: number, why: string): void;
}

/** Resolves to the bitmap, or to the reason for the failure; never rejects. */
export type DecodeImage = (image: EncodedImage) => Promise<ImageBitmap | string>;

const MAX_RUNNING = 3;
const MAX_WAITING = 3;

/**
 * Decodes up to three images in parallel and delivers them in order; an image that a newer one overtakes is dropped.
 */
export class ImageDecoder {
  readonly #listener: DecoderListener;
  readonly #decodeImage: DecodeImage;
  /** Images in decoding, oldest first, without overtaken ones, which still count as running. */
  #wanted: EncodedImage[] = [];
  #waiting: EncodedImage[] = [];
  #running = 0;

  constructor(listener: DecoderListener, decodeImage: DecodeImage = decodeBitmap) {
    this.#listener = listener;
    this.#decodeImage = decodeImage;
  }

  get queueSize(): number {
    return this.#wanted.length + this.#waiting.length;
  }

  push(image: EncodedImage): void {
    this.#waiting.push(image);
    if (this.#running >= MAX_RUNNING && this.#waiting.length > MAX_WAITING) {
      // Too far behind: skip to the newest image.
      const superseded = this.#waiting.splice(0, this.#waiting.length - 1);
      for (const { ticket } of superseded) this.#listener.onDropped(ticket);
    }
    this.#start();
  }

  /** Drop all images; no call follows for them. */
  reset(): void {
    this.#wanted = [];
    this.#waiting = [];
  }

  #start(): void {
    while (this.#running < MAX_RUNNING) {
      const image = this.#waiting.shift();
      if (image === undefined) return;
      this.#running += 1;
      this.#wanted.push(image);
      void this.#decode(image);
    }
  }

  async #decode(image: EncodedImage): Promise<void> {
    const beganMs = performance.now();
    const outcome = await this.#decodeImage(image);
    this.#running -= 1;
    this.#finish(image, outcome, performance.now() - beganMs);
    this.#start();
  }

  #finish(image: EncodedImage, outcome: ImageBitmap | string, decodeMs: number): void {
    const place = this.#wanted.indexOf(image);
    if (place < 0) {
      if (typeof outcome !== "string") outcome.close();
      return;
    }
    if (typeof outcome === "string") {
      this.#wanted.splice(place, 1);
      this.#listener.onFailed(image.ticket, outcome);
      return;
    }
    const overtaken = this.#wanted.splice(0, place + 1).slice(0, -1);
    for (const { ticket } of overtaken) this.#listener.onDropped(ticket);
    this.#listener.onDecoded({ ticket: image.ticket, header: image.header, bitmap: outcome, decodeMs });
  }
}

async function decodeBitmap({ header, payload }: EncodedImage): Promise<ImageBitmap | string> {
  try {
    return await createImageBitmap(new Blob([payload], { type: header.mime }));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return `The browser could not decode frame ${header.seq} (${header.mime}, ${payload.byteLength} bytes): ${why}`;
  }
}
