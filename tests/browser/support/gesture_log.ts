import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { InputEvent } from "../../../js/src/flow/event_merge.ts";
import { MergingQueue } from "../../../js/src/flow/event_merge.ts";
import { ROOT } from "./process.ts";

/** An event in the form that renderview has, or null for what it leaves open. */
type Told = Readonly<Record<string, unknown>> & { readonly type: string };

/** What became of one gesture. */
export interface GestureLog {
  readonly name: string;
  /** Why ours is another one: names of `differences`. */
  readonly differences?: readonly string[];
  readonly renderview: readonly Told[];
  /** What Python is to receive; absent where that is what renderview tells. */
  readonly told?: readonly Told[];
}

interface GestureLogs {
  /** What is wanted otherwise, by name, and why. */
  readonly differences: Readonly<Record<string, string>>;
  readonly gestures: readonly GestureLog[];
}

const FIELDS = ["type", "x", "y", "button", "buttons", "modifiers", "ntouches", "touches", "dx", "dy", "key", "data"];
const FIELDS_OF_TEXT = ["input_type", "is_composing"];
/** No gestures, or a paste by the middle button, which only some systems make. */
const LEFT_OUT: readonly unknown[] = ["resize", "show", "hide", "close", "insertFromPaste"];

export function gestureLogs(): GestureLogs {
  return JSON.parse(readFileSync(join(ROOT, "tests/golden/gestures.json"), "utf8")) as GestureLogs;
}

/**
 * Events in the form of renderview as the golden log has them.
 *
 * Without the time, and what only one side tells; in whole CSS pixels; modifiers are sorted, moves and wheel turns that
 * follow one another merged, and fingers counted.
 */
export function inGoldenForm(events: readonly Told[]): Told[] {
  const queue = new MergingQueue();
  const fingers = new Map<string, string>();
  for (const event of events) {
    if (LEFT_OUT.includes(event.type) || LEFT_OUT.includes(event["input_type"])) continue;
    const kept = [...FIELDS, ...FIELDS_OF_TEXT].filter((name) => name in event);
    const told = Object.fromEntries(kept.map((name) => [name, inForm(name, event[name], fingers)]));
    queue.add(told as unknown as InputEvent);
  }
  return queue.take() as unknown as Told[];
}

function inForm(name: string, value: unknown, fingers: Map<string, string>): unknown {
  if (name === "x" || name === "y") return Math.round(value as number);
  if (name === "modifiers") return [...(value as string[])].sort();
  if (name !== "touches") return value;
  const touches = Object.entries(value as Record<string, object>).map(([id, touch]) => {
    fingers.set(id, fingers.get(id) ?? String(fingers.size));
    const sides = Object.entries(touch).map(([side, length]) => [side, inForm(side, length, fingers)]);
    return [fingers.get(id), Object.fromEntries(sides)];
  });
  return Object.fromEntries(touches);
}
