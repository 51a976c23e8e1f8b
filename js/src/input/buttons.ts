/** Bits of `MouseEvent.buttons` from the lowest: left, right, middle, back, forward. */
const BUTTON_OF_BIT: readonly number[] = [1, 2, 3, 4, 5, 6, 7, 8, 9];

/** Return the renderview numbers of a DOM button mask, ascending. */
export function buttonsOf(mask: number): number[] {
  return BUTTON_OF_BIT.filter((_, bit) => (mask & (1 << bit)) !== 0);
}

/** Return the renderview number of `MouseEvent.button`, which counts left, middle, right. */
export function buttonOf(domButton: number): number {
  if (domButton < 0) return 0;
  return [1, 3, 2][domButton] ?? domButton + 1;
}
