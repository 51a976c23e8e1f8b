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

/** Row by row, with plain numbers: pictures are looked at again and again, and this is most of it. */
function unfilter(raw: Buffer, stride: number, height: number, step: number): Uint8Array {
  const out = new Uint8Array(stride * height);
  let above = new Uint8Array(stride);
  for (let y = 0; y < height; y++) {
    const start = y * (stride + 1) + 1;
    const row = out.subarray(y * stride, (y + 1) * stride);
    row.set(raw.subarray(start, start + stride));
    addPredicted(raw[start - 1] ?? 0, row, above, step);
    above = row;
  }
  return out;
}

/** Add to each byte of a row what its filter predicts of it, from those to the left and above. */
function addPredicted(filter: number, row: Uint8Array, above: Uint8Array, step: number): void {
  switch (filter) {
    case 0:
      return;
    case 1:
      for (let i = step; i < row.length; i++) row[i] = (row[i] ?? 0) + (row[i - step] ?? 0);
      return;
    case 2:
      for (let i = 0; i < row.length; i++) row[i] = (row[i] ?? 0) + (above[i] ?? 0);
      return;
    case 3:
      for (let i = 0; i < step; i++) row[i] = (row[i] ?? 0) + ((above[i] ?? 0) >> 1);
      for (let i = step; i < row.length; i++) row[i] = (row[i] ?? 0) + (((row[i - step] ?? 0) + (above[i] ?? 0)) >> 1);
      return;
    case 4:
      for (let i = 0; i < step; i++) row[i] = (row[i] ?? 0) + (above[i] ?? 0);
      for (let i = step; i < row.length; i++) {
        row[i] = (row[i] ?? 0) + paeth(row[i - step] ?? 0, above[i] ?? 0, above[i - step] ?? 0);
      }
      return;
    default:
      throw new Error(`no PNG filter ${filter}`);
  }
}

function paeth(left: number, up: number, corner: number): number {
  const base = left + up - corner;
  const toLeft = Math.abs(base - left);
  const toUp = Math.abs(base - up);
  const toCorner = Math.abs(base - corner);
  if (toLeft <= toUp && toLeft <= toCorner) return left;
  return toUp <= toCorner ? up : corner;
}
