/** Make a fragment of advice a sentence: with a capital first and a full stop last. */
export function sentence(advice: string): string {
  return `${advice.charAt(0).toUpperCase()}${advice.slice(1)}.`;
}
