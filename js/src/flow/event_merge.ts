import { MERGED_WHEN_SAME } from "../wire/constants.ts";

export interface TouchPoint {
  readonly x: number;
  readonly y: number;
  readonly css_x?: number;
  readonly css_y?: number;
  readonly pressure: number;
}

/** A renderview event, see events.md. Which fields it has depends on `type`. */
export interface InputEvent {
  readonly type: string;
  /** Seconds since the epoch. */
  readonly timestamp: number;
  readonly x?: number;
  readonly y?: number;
  readonly inside?: boolean;
  readonly pixel_ratio?: number;
  readonly css_x?: number;
  readonly css_y?: number;
  readonly button?: number;
  readonly buttons?: readonly number[];
  readonly modifiers?: readonly string[];
  readonly ntouches?: number;
  readonly touches?: Readonly<Record<string, TouchPoint>>;
  readonly pointer_id?: number;
  readonly pointer_type?: string;
  readonly pressure?: number;
  /** Degrees. */
  readonly tilt_x?: number;
  readonly tilt_y?: number;
  readonly twist?: number;
  readonly dx?: number;
  readonly dy?: number;
  readonly key?: string;
  readonly code?: string;
  readonly data?: string;
  readonly input_type?: string;
  readonly is_composing?: boolean;
  readonly width?: number;
  readonly height?: number;
  /** Of a tool of a figure. */
  readonly name?: string;
}

const FIELDS_OF_MERGED: ReadonlyMap<string, readonly (keyof InputEvent)[]> = new Map(Object.entries(MERGED_WHEN_SAME));

/** Whether the event may wait for the next animation frame, because a later one may replace it. */
export function canWait(event: InputEvent): boolean {
  return FIELDS_OF_MERGED.has(event.type);
}

/**
 * Merge `next` into `last`, the event right before it; undefined if both must be kept.
 *
 * Only adjacent events merge, so their order never changes: a move after a press stays after it.
 */
export function mergeEvents(last: InputEvent, next: InputEvent): InputEvent | undefined {
  const same = FIELDS_OF_MERGED.get(next.type);
  if (same === undefined || last.type !== next.type) return undefined;
  if (same.some((name) => JSON.stringify(last[name]) !== JSON.stringify(next[name]))) return undefined;
  if (next.type !== "wheel") return next;
  return { ...next, dx: (last.dx ?? 0) + (next.dx ?? 0), dy: (last.dy ?? 0) + (next.dy ?? 0) };
}

/** The events of one animation frame, in order; adjacent events merge where that loses nothing. */
export class MergingQueue {
  #events: InputEvent[] = [];

  get size(): number {
    return this.#events.length;
  }

  add(event: InputEvent): void {
    const last = this.#events.at(-1);
    const merged = last && mergeEvents(last, event);
    if (merged) this.#events[this.#events.length - 1] = merged;
    else this.#events.push(event);
  }

  /** Return all events and empty the queue. */
  take(): InputEvent[] {
    const events = this.#events;
    this.#events = [];
    return events;
  }
}
