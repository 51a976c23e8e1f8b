/** Turn a fragment of advice into a sentence: add a capital letter and a full stop. */
export function sentence(advice: string): string {
  return `${advice.charAt(0).toUpperCase()}${advice.slice(1)}.`;
}
