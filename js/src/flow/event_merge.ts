import { MERGED_WHEN_SAME } from "../wire/constants.ts";

export interface TouchPoint {
  readonly x: number;
  readonly y: number;
  readonly css_x?: number;
  readonly css_y?: number;
  readonly pressure: number;
}

/** A renderview event, as events.md has it; which fields are there depends on `type`. */
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
}

const FIELDS_OF_MERGED: ReadonlyMap<string, readonly (keyof InputEvent)[]> = new Map(Object.entries(MERGED_WHEN_SAME));

/** True: the event may wait for the next animation frame, because the one after it may replace it. */
export function canWait(event: InputEvent): boolean {
  return FIELDS_OF_MERGED.has(event.type);
}

/**
 * Merge `next` into `last`, the event right before it; `undefined` when both must be kept.
 *
 * Only neighbours merge, so nothing is ever reordered: a move after a press stays after it.
 */
export function mergeEvents(last: InputEvent, next: InputEvent): InputEvent | undefined {
  const same = FIELDS_OF_MERGED.get(next.type);
  if (same === undefined || last.type !== next.type) return undefined;
  if (same.some((name) => JSON.stringify(last[name]) !== JSON.stringify(next[name]))) return undefined;
  if (next.type !== "wheel") return next;
  return { ...next, dx: (last.dx ?? 0) + (next.dx ?? 0), dy: (last.dy ?? 0) + (next.dy ?? 0) };
}

/** The events of one animation frame, in order, neighbours merged where that loses nothing. */
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

  /** Hand over everything and start anew. */
  take(): InputEvent[] {
    const events = this.#events;
    this.#events = [];
    return events;
  }
}
