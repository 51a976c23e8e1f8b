import { isDeepStrictEqual } from "node:util";
import { expect } from "@playwright/test";
import type { Notebook } from "./test.ts";

/** What a process holds on to, as `python/census.py` counts it. */
export interface Census {
  readonly threads: readonly string[];
  readonly files: readonly string[];
  readonly resident_kib: number;
  /** How many objects there are of each type. */
  readonly objects: Readonly<Record<string, number>>;
}

// They come and go with what is asked of marimo, or of us, and there are never more than so many.
const POOLS = /^(AnyIO worker thread|asyncio|rfb-encode|rfb-comm|rfb-capture)$/;
const MOST_ENCODERS = 4;
// Longer than a still picture's thumbnail is put off.
const DEBOUNCE_MS = 700;

/** What lives as long as a view; besides it there is what is under way, or waits a second before it goes. */
export const LASTING_TYPES =
  /^marimo_rfb\..*\.(Stream|View|RfbViewer|Animation|ThumbnailUpdater|EventDispatcher|EventQueue|EventGetter|ThrottledState|Session|SharedEventLoop)$/;
/** All there may be of ours, and what marimo and ipywidgets keep for it. */
export const ALL_TYPES = /^marimo_rfb\.|\.(Layout|MarimoComm|ThreadSafeStream)$/;

let asked = 0;

/** Count what the process holds that runs a notebook's cells. */
export async function takeCensus(notebook: Notebook): Promise<Census> {
  const pids = (): number[] => notebook.facts<number>("pid");
  await expect.poll(() => pids().length).toBeGreaterThan(0);
  const name = `process-${pids().at(-1)}`;
  const number = (asked += 1);
  const { marimo } = notebook;
  const answer = (): (Census & { count: number }) | undefined =>
    marimo.facts<Census & { count: number }>(name, "census").findLast(({ count }) => count === number);
  marimo.wish(name, { count: number });
  await expect.poll(answer).toBeDefined();
  return answer() as Census;
}

/** Count once no timer of a debounced thumbnail is left: two counts further apart than that are the same. */
export async function takeSettledCensus(notebook: Notebook, types: RegExp): Promise<Census> {
  let census: Census | undefined;
  const isSettled = async (): Promise<boolean> => {
    const last = census;
    census = await takeCensus(notebook);
    return last !== undefined && isDeepStrictEqual(held(census, notebook, types), held(last, notebook, types));
  };
  await expect.poll(isSettled, { intervals: [DEBOUNCE_MS], timeout: 30_000 }).toBe(true);
  return census as unknown as Census;
}

/** What must be the same before and after; of the objects those whose type's name fits. */
export function held(census: Census, notebook: Notebook, types: RegExp): object {
  expect(census.threads.filter((name) => name === "rfb-encode").length).toBeLessThanOrEqual(MOST_ENCODERS);
  const { port } = new URL(notebook.marimo.url());
  return {
    threads: census.threads.filter((name) => !POOLS.test(name)),
    // A browser keeps some connections to marimo's own server for later, and the facts of a test may be read just now.
    files: census.files
      .filter((name) => !name.includes(` ${port},`) && !name.includes("/facts/"))
      .map((name) => name.replace(/ port \d+/, " a port")),
    objects: Object.fromEntries(Object.entries(census.objects).filter(([type]) => types.test(type))),
  };
}

/** Of which types there are more than before, most first. */
export function grown(before: Census, after: Census): string {
  const more = Object.entries(after.objects).map(
    ([type, count]) => [type, count - (before.objects[type] ?? 0)] as const,
  );
  const most = more.toSorted(([, one], [, other]) => other - one).slice(0, 20);
  const sizes = `from ${before.resident_kib} to ${after.resident_kib} KiB`;
  return `memory grew ${sizes}; more objects: ${most.map(([type, count]) => `${count} ${type}`).join(", ")}`;
}
