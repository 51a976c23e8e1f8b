import type { NumberAxis } from "./number_axis.ts";

/** How often the numbers from `low` to `high` occur, in bins of equal width. */
export interface HistogramBins {
  readonly low: number;
  readonly high: number;
  readonly counts: readonly number[];
}

/**
 * Return the height of a histogram at each of so many columns along an axis, 0 to 1.
 *
 * The scale is the square of a logarithmic one: a peak of a thousandth is visible beside the largest one, and the shape
 * of a smooth histogram still is. Bins and columns need not match: a column gets its share of each bin.
 */
export function barHeights(bins: HistogramBins, axis: NumberAxis, columns: number): number[] {
  const sums = [0];
  for (const count of bins.counts) sums.push((sums.at(-1) ?? 0) + Math.max(0, count));
  const step = (axis.high - axis.low) / columns;
  const shares = Array.from({ length: columns }, (_, column) => {
    const from = axis.low + column * step;
    return countBelow(bins, sums, from + step) - countBelow(bins, sums, from);
  });
  const largest = Math.log1p(Math.max(0, ...shares));
  return shares.map((share) => (largest === 0 ? 0 : (Math.log1p(Math.max(0, share)) / largest) ** 2));
}

/** Return how many numbers are below `value`, if those of each bin are spread evenly. `sums` has one more than `counts`. */
function countBelow({ low, high, counts }: HistogramBins, sums: readonly number[], value: number): number {
  // All numbers are the same: half a bin to each side.
  const span = high > low ? high - low : Number.MIN_VALUE;
  const place = Math.min(Math.max(((value - low) / span) * counts.length, 0), counts.length);
  const bin = Math.floor(place);
  const below = sums[bin] ?? 0;
  return below + (place - bin) * ((sums[bin + 1] ?? below) - below);
}
