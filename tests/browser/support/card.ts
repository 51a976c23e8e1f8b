import type { Rgb } from "./png.ts";

/** The test card of `python/card.py`. */
const BORDER = 8;
const MARK = 24;
const CELL = 16;
const COUNTER_BITS = 10;
const WHITE: Rgb = [255, 255, 255];
const BLACK: Rgb = [0, 0, 0];
const QUADRANTS: readonly (readonly [Rgb, Rgb])[] = [
  [
    [220, 40, 40],
    [40, 180, 60],
  ],
  [
    [40, 80, 220],
    [230, 200, 40],
  ],
];

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** The colour of a pixel of the card; undefined where the counter is. */
export function cardColor({ width, height }: Size, { x, y }: Point): Rgb | undefined {
  if (x < BORDER || y < BORDER || x >= width - BORDER || y >= height - BORDER) return WHITE;
  const counterTop = height - 2 * BORDER - CELL;
  const inCounterRow = y >= counterTop && y < counterTop + CELL;
  if (inCounterRow && x >= 2 * BORDER && x < 2 * BORDER + CELL * COUNTER_BITS) return undefined;
  const markLeft = Math.floor((width * 7) / 10);
  const markTop = Math.floor(height / 4);
  if (x >= markLeft && x < markLeft + MARK && y >= markTop && y < markTop + MARK) return BLACK;
  return QUADRANTS[y < Math.floor(height / 2) ? 0 : 1]?.[x < Math.floor(width / 2) ? 0 : 1];
}

/** A place in each quadrant of the card, away from all that is drawn there, and its colour. */
export function quadrants({ width, height }: Size): (Point & { readonly color: Rgb })[] {
  return QUADRANTS.flatMap((colors, row) =>
    colors.map((color, column) => ({
      x: Math.round(width * (column === 0 ? 0.3 : 0.6)),
      y: Math.round(height * (row === 0 ? 0.3 : 0.6)),
      color,
    })),
  );
}

/** The middles of the counter's cells, lowest bit first. */
export function counterCells({ height }: Size): Point[] {
  return Array.from({ length: COUNTER_BITS }, (_, bit) => ({
    x: 2 * BORDER + CELL * (bit + 0.5),
    y: height - 2 * BORDER - CELL / 2,
  }));
}

/** Places all over the card, its border and its mark, a little away from where colours meet: scaling blurs there. */
export function samplePoints(size: Size): Point[] {
  const points: Point[] = [];
  for (let y = 3; y < size.height; y += 7) {
    for (let x = 3; x < size.width; x += 7) {
      const own = cardColor(size, { x, y });
      const around = [-3, 0, 3].flatMap((dy) => [-3, 0, 3].map((dx) => ({ x: x + dx, y: y + dy })));
      if (own !== undefined && around.every((point) => cardColor(size, point) === own)) points.push({ x, y });
    }
  }
  return points;
}
