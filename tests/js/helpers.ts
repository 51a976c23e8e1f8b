import { readFileSync, existsSync } from "node:fs";
import type { Model } from "../../js/src/model.ts";

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

/** A model that holds values, tells of changes at once, like anywidget's, and notes what is saved. */
export class StubModel implements Model {
  /** What changed by `set` before each `save_changes`. */
  readonly saves: Record<string, unknown>[] = [];
  readonly #values: Record<string, unknown>;
  readonly #listeners = new Map<string, Set<() => void>>();
  #unsaved: Record<string, unknown> = {};

  constructor(values: Record<string, unknown> = {}) {
    this.#values = values;
  }

  get(name: string): unknown {
    return this.#values[name];
  }

  set(name: string, value: unknown): void {
    this.#unsaved[name] = value;
    this.#values[name] = value;
    for (const callback of this.#listeners.get(`change:${name}`) ?? []) callback();
  }

  on(name: string, callback: () => void): void {
    this.#listeners.set(name, (this.#listeners.get(name) ?? new Set()).add(callback));
  }

  off(name: string, callback: () => void): void {
    this.#listeners.get(name)?.delete(callback);
  }

  send(): void {}

  save_changes(): unknown {
    this.saves.push(this.#unsaved);
    this.#unsaved = {};
    return undefined;
  }
}
