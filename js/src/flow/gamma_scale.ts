/** The largest gamma of the scale; the smallest is its inverse. */
const MAX_GAMMA = 5;
/** This close to the middle of the scale, gamma is exactly 1. */
const SNAP = 0.02;

/** Return the place of a gamma on a logarithmic scale from -1 to 1, with 1 in its middle. */
export function gammaPlace(gamma: number): number {
  return Math.min(Math.max(Math.log(gamma) / Math.log(MAX_GAMMA), -1), 1);
}

/** Return the gamma at a place of the scale, with two decimals. */
export function gammaAt(place: number): number {
  return Math.abs(place) < SNAP ? 1 : Math.round(MAX_GAMMA ** place * 100) / 100;
}
