import { COLORMAPS } from "../wire/constants.ts";

/** A colour; each channel is 0 to 255. */
export type Rgb = readonly [red: number, green: number, blue: number];

const DIGITS = 6;

/** The names of the built-in colormaps. */
export const COLORMAP_NAMES: readonly string[] = Object.keys(COLORMAPS);

/** The name of the colormap that an empty name stands for. */
export const DEFAULT_COLORMAP = "gray";

/** Some colours of a colormap at equal distances, from which it is interpolated. */
export class Colormap {
  readonly #stops: readonly Rgb[];

  private constructor(stops: readonly Rgb[]) {
    this.#stops = stops;
  }

  /** Return a built-in colormap; undefined for other names. */
  static named(name: string): Colormap | undefined {
    const digits = new Map<string, string>(Object.entries(COLORMAPS)).get(name || DEFAULT_COLORMAP);
    if (digits === undefined) return undefined;
    const stops = Array.from({ length: digits.length / DIGITS }, (_, stop) => rgbOf(digits, stop * DIGITS));
    return new Colormap(stops);
  }

  /** Return the colour at a fraction of the colormap, 0 to 1. */
  at(fraction: number): Rgb {
    const place = Math.min(Math.max(fraction, 0), 1) * (this.#stops.length - 1);
    const index = Math.min(Math.floor(place), this.#stops.length - 2);
    const [from, to] = [this.#stops[index], this.#stops[index + 1]];
    if (from === undefined || to === undefined) return [0, 0, 0];
    const mixed = (channel: 0 | 1 | 2): number => from[channel] + (to[channel] - from[channel]) * (place - index);
    return [mixed(0), mixed(1), mixed(2)];
  }

  /** A CSS gradient from left to right. */
  get gradient(): string {
    return `linear-gradient(90deg, ${this.#stops.map(cssColor).join(", ")})`;
  }
}

/** Format a colour for CSS. */
export function cssColor(color: Rgb): string {
  return `rgb(${color.map(Math.round).join(" ")})`;
}

function rgbOf(digits: string, at: number): Rgb {
  const channel = (index: number): number => Number.parseInt(digits.slice(at + 2 * index, at + 2 * index + 2), 16);
  return [channel(0), channel(1), channel(2)];
}
