import { inflateSync } from "node:zlib";

export type Rgb = readonly [red: number, green: number, blue: number];

/** The pixels of a screenshot. */
export class Pixels {
  readonly width: number;
  readonly height: number;
  readonly #bytes: Uint8Array;
  readonly #channels: number;

  private constructor(width: number, height: number, bytes: Uint8Array, channels: number) {
    this.width = width;
    this.height = height;
    this.#bytes = bytes;
    this.#channels = channels;
  }

  at(x: number, y: number): Rgb {
    if (x < 0 || y < 0 || x >= this.width || y >= this.height) throw new RangeError(`no pixel at ${x}, ${y}`);
    const place = (Math.floor(y) * this.width + Math.floor(x)) * this.#channels;
    return [this.#bytes[place] ?? 0, this.#bytes[place + 1] ?? 0, this.#bytes[place + 2] ?? 0];
  }

  /**
   * Decode a PNG as browsers write screenshots: 8 bits a channel, RGB or RGBA, not interlaced (PNG specification,
   * third edition, chapters 5 and 9). Here and not in the page, so that looking does not change what is looked at.
   */
  static fromPng(png: Buffer): Pixels {
    const width = png.readUInt32BE(16);
    const height = png.readUInt32BE(20);
    const [depth, colorType, , , interlace] = png.subarray(24, 29);
    const channels = colorType === 2 ? 3 : 4;
    if (depth !== 8 || (colorType !== 2 && colorType !== 6) || interlace !== 0) throw new Error("unexpected PNG");
    const data: Buffer[] = [];
    for (let at = 8; at < png.length; at += png.readUInt32BE(at) + 12) {
      if (png.toString("latin1", at + 4, at + 8) === "IDAT")
        data.push(png.subarray(at + 8, at + 8 + png.readUInt32BE(at)));
    }
    return new Pixels(
      width,
      height,
      unfilter(inflateSync(Buffer.concat(data)), width * channels, height, channels),
      channels,
    );
  }
}

function unfilter(raw: Buffer, stride: number, height: number, step: number): Uint8Array {
  const out = new Uint8Array(stride * height);
  for (let y = 0; y < height; y++) {
    const filter = raw[y * (stride + 1)] ?? 0;
    for (let i = 0; i < stride; i++) {
      const place = y * stride + i;
      const left = i >= step ? (out[place - step] ?? 0) : 0;
      const up = y > 0 ? (out[place - stride] ?? 0) : 0;
      const corner = i >= step && y > 0 ? (out[place - stride - step] ?? 0) : 0;
      out[place] = (raw[y * (stride + 1) + 1 + i] ?? 0) + predicted(filter, left, up, corner);
    }
  }
  return out;
}

function predicted(filter: number, left: number, up: number, corner: number): number {
  switch (filter) {
    case 0:
      return 0;
    case 1:
      return left;
    case 2:
      return up;
    case 3:
      return (left + up) >> 1;
    case 4:
      return paeth(left, up, corner);
    default:
      throw new Error(`no PNG filter ${filter}`);
  }
}

function paeth(left: number, up: number, corner: number): number {
  const base = left + up - corner;
  const [toLeft, toUp, toCorner] = [Math.abs(base - left), Math.abs(base - up), Math.abs(base - corner)];
  if (toLeft <= toUp && toLeft <= toCorner) return left;
  return toUp <= toCorner ? up : corner;
}
