/** The numbers along an axis, from its start to its end; `low` is below `high`. */
export interface NumberAxis {
  readonly low: number;
  readonly high: number;
  /** Whether only whole numbers occur. */
  readonly isWhole: boolean;
}

/** The numbers that are shown in the first and in the last colour. */
export interface Limits {
  readonly vmin: number;
  readonly vmax: number;
}

/** What a frame's numbers are: all of them, and most of them. */
export interface NumberRange {
  readonly low: number;
  readonly high: number;
  readonly auto_min: number;
  readonly auto_max: number;
}

/** A range this many times as wide as most of its numbers has outliers, which the axis leaves out. */
const OUTLIER_RATIO = 4;
/** An axis without outliers continues on each side by this fraction of what it must show. */
const MARGIN = 0.5;
/** A new axis that shows this fraction of the old one, or more, is not worth a change. */
const STEADY = 0.6;
/** The limits are at least this fraction of the axis apart. */
const MIN_GAP = 1e-3;
const STEP = 0.01;
const LARGE_STEPS = 10;

/** Return an axis that shows the limits and the numbers of a frame, without its outliers. */
export function axisOf(range: NumberRange | undefined, { vmin, vmax }: Limits, isWhole: boolean): NumberAxis {
  const first = Math.min(vmin, range?.auto_min ?? vmin);
  const last = Math.max(vmax, range?.auto_max ?? vmax);
  const margin = (last - first) * MARGIN;
  let low = Math.min(first, range?.low ?? first - margin);
  let high = Math.max(last, range?.high ?? last + margin);
  if (high - low > OUTLIER_RATIO * (last - first) && last > first) {
    low = Math.max(low, first - margin);
    high = Math.min(high, last + margin);
  }
  return { ...widened(low, high, isWhole), isWhole };
}

/** Return `old` if it still serves, so that the axis of a moving picture does not jitter. */
export function steadyAxis(old: NumberAxis | undefined, wanted: NumberAxis): NumberAxis {
  if (old === undefined || old.isWhole !== wanted.isWhole) return wanted;
  const holdsAll = wanted.low >= old.low && wanted.high <= old.high;
  return holdsAll && wanted.high - wanted.low >= STEADY * (old.high - old.low) ? old : wanted;
}

/** Return where a number is on the axis, from 0 to 1; numbers beyond an end are at that end. */
export function fractionOf(value: number, { low, high }: NumberAxis): number {
  return clamp((value - low) / (high - low), 0, 1);
}

/** Return the number at a fraction of the axis, rounded to what can be told apart there. */
export function valueAt(fraction: number, axis: NumberAxis): number {
  return rounded(axis.low + clamp(fraction, 0, 1) * (axis.high - axis.low), axis);
}

/** Return the limits after one of them moved, which stops short of the other one. */
export function moveLimit({ vmin, vmax }: Limits, which: keyof Limits, value: number, axis: NumberAxis): Limits {
  const gap = gapOf(axis);
  return which === "vmin" ? { vmin: Math.min(value, vmax - gap), vmax } : { vmin, vmax: Math.max(value, vmin + gap) };
}

/** Return the limits after one of them was set, which moves the other one out of its way. */
export function setLimit(limits: Limits, which: keyof Limits, value: number, axis: NumberAxis): Limits {
  const gap = gapOf(axis);
  if (which === "vmin") return { vmin: value, vmax: Math.max(limits.vmax, value + gap) };
  return { vmin: Math.min(limits.vmin, value - gap), vmax: value };
}

/** Return the number to which a key moves a limit; undefined for other keys. */
export function limitAfterKey(key: string, isLarge: boolean, value: number, axis: NumberAxis): number | undefined {
  if (key === "Home") return axis.low;
  if (key === "End") return axis.high;
  const direction = DIRECTIONS[key];
  if (direction === undefined) return undefined;
  const share = (axis.high - axis.low) * STEP;
  const step = axis.isWhole ? Math.max(1, Math.round(share)) : share;
  const moved = value + direction * step * (isLarge ? LARGE_STEPS : 1);
  return clamp(rounded(moved, axis), Math.min(axis.low, value), Math.max(axis.high, value));
}

const DIRECTIONS: Readonly<Record<string, number>> = {
  ArrowLeft: -1,
  ArrowDown: -1,
  ArrowRight: 1,
  ArrowUp: 1,
  PageDown: -LARGE_STEPS,
  PageUp: LARGE_STEPS,
};

/** Return the decimal places of numbers that are a thousandth of the axis apart. */
export function decimalsOf({ low, high, isWhole }: NumberAxis): number {
  return isWhole ? 0 : clamp(Math.ceil(-Math.log10((high - low) / 1000)), 0, 100);
}

function rounded(value: number, axis: NumberAxis): number {
  return Number(value.toFixed(decimalsOf(axis)));
}

function gapOf({ low, high, isWhole }: NumberAxis): number {
  return isWhole ? 1 : (high - low) * MIN_GAP;
}

/** Return two numbers that differ enough for an axis. */
function widened(low: number, high: number, isWhole: boolean): { readonly low: number; readonly high: number } {
  const least = isWhole ? 1 : Math.max(Math.abs(low), Math.abs(high)) * 1e-6 || 1;
  return high - low >= least ? { low, high } : { low: low - least / 2, high: low + least / 2 };
}

function clamp(value: number, min: number, max: number): number {
  return Math.min(Math.max(value, min), max);
}
