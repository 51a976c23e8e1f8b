import { fitsCanvas } from "../flow/canvas_choice.ts";
import type { ImageHeader, RectsHeader } from "../wire/messages.ts";
import type { RectBitmap } from "../wire/worker_messages.ts";
import type { EncodedPicture } from "./decode_picture.ts";
import { decodePicture } from "./decode_picture.ts";

/** A picture that can be painted; the last owner of its bitmaps closes them. */
export interface DecodedPicture {
  readonly ticket: number;
  readonly header: ImageHeader | RectsHeader;
  /** A single one if the picture is whole. */
  readonly bitmaps: readonly RectBitmap[];
  readonly decodeMs: number;
}

/** Each pushed picture causes exactly one call of the first three, unless `reset` comes first. */
export interface DecoderListener {
  onDecoded(picture: DecodedPicture): void;
  /** A newer picture superseded it, or it consists of rectangles that there is no picture for. */
  onDropped(ticket: number): void;
  onFailed(ticket: number, why: string): void;
  /** Rectangles cannot be applied any more until the server sends a whole picture. */
  onWholeNeeded(why: string): void;
}

/** Resolves to the bitmaps, or to the reason for the failure; never rejects. */
export type DecodePicture = (picture: EncodedPicture) => Promise<readonly RectBitmap[] | string>;

interface Decode {
  readonly picture: EncodedPicture;
  /** Whether rectangles may apply to it, if it is whole: `requireWhole` did not come after it. */
  isBase: boolean;
  outcome?: readonly RectBitmap[] | string;
  decodeMs: number;
}

/** The picture that rectangles apply to. The size is that of the frame, whatever that of its image. */
interface Base {
  readonly seq: number;
  readonly width: number;
  readonly height: number;
}

const MAX_RUNNING = 3;
const MAX_WAITING = 3;
/** Rectangles may not be skipped. More than a server's largest congestion window. */
const MAX_WAITING_RECTS = 64;

/**
 * Decodes up to three pictures in parallel and delivers them in order.
 *
 * A whole picture that is decoded supersedes everything before it. Rectangles wait for what is before them, and apply
 * only to a whole picture of a frame of the same size that is recent enough. Once they cannot be applied, all further ones are
 * dropped until the next whole picture.
 */
export class ImageDecoder {
  readonly #listener: DecoderListener;
  readonly #decodePicture: DecodePicture;
  /** Pictures in decoding or decoded, oldest first, without superseded ones, which still count as running. */
  #wanted: Decode[] = [];
  #waiting: Decode[] = [];
  #running = 0;
  #base: Base | undefined;
  #isWholeRequested = false;

  constructor(listener: DecoderListener, decode: DecodePicture = decodePicture) {
    this.#listener = listener;
    this.#decodePicture = decode;
  }

  get queueSize(): number {
    return this.#wanted.length + this.#waiting.length;
  }

  /** Whether rectangles that come now have nothing to apply to. */
  get awaitsWhole(): boolean {
    return (
      this.#base === undefined && ![...this.#wanted, ...this.#waiting].some((each) => isWhole(each) && each.isBase)
    );
  }

  push(picture: EncodedPicture): void {
    const decode: Decode = { picture, isBase: true, decodeMs: 0 };
    if (!isWhole(decode) && this.awaitsWhole) return this.#refuse(decode, flawOf(decode, undefined) ?? "");
    this.#waiting.push(decode);
    this.#skip();
    this.#start();
  }

  /** Apply no rectangles until the next whole picture that is pushed, and drop those that wait. */
  requireWhole(): void {
    this.#base = undefined;
    const pending = [...this.#wanted, ...this.#waiting];
    this.#wanted = this.#wanted.filter(isWhole);
    this.#waiting = this.#waiting.filter(isWhole);
    for (const decode of pending) {
      decode.isBase = false;
      if (!isWhole(decode)) this.#drop(decode);
    }
  }

  /** A picture was lost, so rectangles that come after it do not fit. */
  lose(why: string): void {
    this.requireWhole();
    this.#requestWhole(why);
  }

  /** Drop all pictures; no call follows for them. */
  reset(): void {
    for (const { outcome } of this.#wanted) close(outcome);
    this.#wanted = [];
    this.#waiting = [];
    this.#base = undefined;
    this.#isWholeRequested = false;
  }

  /** Skip to the newest whole picture if too many wait. */
  #skip(): void {
    if (this.#running < MAX_RUNNING || this.#waiting.length <= MAX_WAITING) return;
    const newest = this.#waiting.findLastIndex(isWhole);
    if (newest > 0) for (const superseded of this.#waiting.splice(0, newest)) this.#drop(superseded);
    if (this.#waiting.length > MAX_WAITING_RECTS) this.lose("The page cannot keep up.");
  }

  #start(): void {
    while (this.#running < MAX_RUNNING) {
      const decode = this.#waiting.shift();
      if (decode === undefined) return;
      this.#running += 1;
      this.#wanted.push(decode);
      void this.#run(decode);
    }
  }

  async #run(decode: Decode): Promise<void> {
    const beganMs = performance.now();
    decode.outcome = await this.#decodePicture(decode.picture);
    decode.decodeMs = performance.now() - beganMs;
    this.#running -= 1;
    this.#finish(decode);
    this.#start();
  }

  #finish(decode: Decode): void {
    const place = this.#wanted.indexOf(decode);
    if (place < 0) return close(decode.outcome);
    if (isWhole(decode)) this.#deliverWhole(decode, place);
    this.#deliverRects();
  }

  #deliverWhole(decode: Decode, place: number): void {
    const { picture, outcome } = decode;
    this.#wanted.splice(place, 1);
    // Even if it is the requested one and cannot be decoded: the next rectangles request another.
    if (decode.isBase) this.#isWholeRequested = false;
    if (typeof outcome === "string") return this.#listener.onFailed(picture.ticket, outcome);
    for (const superseded of this.#wanted.splice(0, place)) this.#drop(superseded);
    if (decode.isBase) this.#base = picture.header;
    this.#report(decode);
  }

  /** Deliver the rectangles that wait for nothing older. */
  #deliverRects(): void {
    for (let first = this.#wanted[0]; first !== undefined && !isWhole(first); first = this.#wanted[0]) {
      if (this.#base !== undefined && first.outcome === undefined) return;
      this.#wanted.shift();
      const flaw = flawOf(first, this.#base);
      if (flaw !== undefined) {
        this.#refuse(first, flaw);
        continue;
      }
      this.#base = first.picture.header;
      this.#report(first);
    }
  }

  #report({ picture: { ticket, header }, outcome, decodeMs }: Decode): void {
    if (typeof outcome !== "object") return;
    this.#listener.onDecoded({ ticket, header, bitmaps: outcome, decodeMs });
  }

  #drop({ picture, outcome }: Decode): void {
    close(outcome);
    this.#listener.onDropped(picture.ticket);
  }

  /** The rectangles cannot be applied: report the first ones, and drop the others until there is a whole picture. */
  #refuse(decode: Decode, why: string): void {
    this.#base = undefined;
    if (this.#isWholeRequested) return this.#drop(decode);
    close(decode.outcome);
    this.#listener.onFailed(decode.picture.ticket, why);
    this.#requestWhole(why);
  }

  #requestWhole(why: string): void {
    if (this.#isWholeRequested) return;
    this.#isWholeRequested = true;
    this.#listener.onWholeNeeded(why);
  }
}

function isWhole({ picture }: Decode): boolean {
  return picture.header.type === "image_frame";
}

/** Why the rectangles cannot be applied to `base`. */
function flawOf({ picture: { header }, outcome }: Decode, base: Base | undefined): string | undefined {
  if (typeof outcome === "string") return outcome;
  const { seq, width, height } = header;
  if (!fitsCanvas(header)) return `Frame ${seq} has ${width} x ${height} pixels, too many to apply rectangles to.`;
  if (base === undefined || base.width !== width || base.height !== height) {
    return `There is no whole picture of ${width} x ${height} pixels for frame ${seq}.`;
  }
  if (header.type === "image_rects" && header.base_seq > base.seq) {
    return `Frame ${seq} applies to frame ${header.base_seq}, but the newest one is ${base.seq}.`;
  }
  return undefined;
}

function close(outcome: Decode["outcome"]): void {
  if (typeof outcome === "object") for (const { bitmap } of outcome) bitmap.close();
}
