import { readFileSync, existsSync } from "node:fs";

const GOLDEN = new URL("../golden/", import.meta.url);

/** The parsed golden file, undefined when it is not there. */
export function golden<T>(name: string): T | undefined {
  const url = new URL(name, GOLDEN);
  return existsSync(url) ? (JSON.parse(readFileSync(url, "utf8")) as T) : undefined;
}

/** Numbers in [0, 1) that are the same in every run (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
