import type { Pixels } from "../wire/messages.ts";

/** A colour; each channel is 0 to 255. */
export type Rgba = readonly [red: number, green: number, blue: number, alpha: number];

/** A rectangle of pixels from a frame. */
export class PixelBlock {
  readonly #x: number;
  readonly #y: number;
  readonly #width: number;
  readonly #height: number;
  readonly #channels: number;
  readonly #bytes: ArrayLike<number>;
  readonly #values: readonly string[] | undefined;

  private constructor(pixels: Omit<Pixels, "type" | "id" | "seq" | "data">, bytes: ArrayLike<number>) {
    this.#x = pixels.x;
    this.#y = pixels.y;
    this.#width = pixels.width;
    this.#height = pixels.height;
    this.#channels = pixels.channels;
    this.#bytes = bytes;
    // Without a number for each pixel, none can be told to which it belongs.
    this.#values = pixels.values?.length === pixels.width * pixels.height ? pixels.values : undefined;
  }

  /** Pixels whose top left corner is at `x`, `y`. */
  static fromImage({ width, height, data }: ImageData, x: number, y: number): PixelBlock {
    return new PixelBlock({ x, y, width, height, channels: 4 }, data);
  }

  /** Undefined if the data does not match the message's size and channels. */
  static fromMessage(pixels: Pixels): PixelBlock | undefined {
    const bytes = decodeBase64(pixels.data);
    const { width, height, channels } = pixels;
    const isWhole = (channels === 3 || channels === 4) && bytes?.length === width * height * channels;
    return isWhole ? new PixelBlock(pixels, bytes) : undefined;
  }

  /** Return the colour of a frame pixel; undefined outside the rectangle. */
  at(x: number, y: number): Rgba | undefined {
    const index = this.#indexOf(x, y);
    if (index === undefined) return undefined;
    const at = index * this.#channels;
    const [red = 0, green = 0, blue = 0] = [this.#bytes[at], this.#bytes[at + 1], this.#bytes[at + 2]];
    return [red, green, blue, this.#channels === 4 ? (this.#bytes[at + 3] ?? 0) : 255];
  }

  /** Return the published number of a frame pixel; undefined outside the rectangle, or if colours were published. */
  valueAt(x: number, y: number): string | undefined {
    const index = this.#indexOf(x, y);
    return index === undefined ? undefined : this.#values?.[index];
  }

  #indexOf(x: number, y: number): number | undefined {
    const column = x - this.#x;
    const row = y - this.#y;
    const isInside = column >= 0 && row >= 0 && column < this.#width && row < this.#height;
    return isInside ? row * this.#width + column : undefined;
  }
}

/** Format a colour for CSS, without alpha if it is opaque. */
export function toHex([red, green, blue, alpha]: Rgba): string {
  const channels = alpha === 255 ? [red, green, blue] : [red, green, blue, alpha];
  return `#${channels.map((channel) => channel.toString(16).padStart(2, "0")).join("")}`;
}

function decodeBase64(text: string): Uint8Array | undefined {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch {
    return undefined;
  }
}
