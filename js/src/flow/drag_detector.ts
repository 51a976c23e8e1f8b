import { DRAG_SLOP_CSS_PX, MAX_PRESSES } from "../wire/constants.ts";
import type { InputEvent } from "./event_merge.ts";

/** A press that moved before its release. */
export interface Drag {
  readonly type: "drag";
  readonly start: InputEvent;
  readonly end: InputEvent;
}

/** A press, a finished drag, a double click or a key; not a continuous event such as a move. */
export type DiscreteEvent = InputEvent | Drag;

interface Press {
  readonly start: InputEvent;
  moved: boolean;
}

/**
 * Detects the discrete events that re-run a cell: presses, drags, double clicks and keys.
 *
 * A press is identified by pointer and button, so two fingers, or two mouse buttons, drag independently. A press that
 * moved and returned to its start is still a drag.
 */
export class DragDetector {
  readonly #presses = new Map<string, Press>();

  /** Process the next event; return the event itself if it is discrete, the drag that it ends, or undefined. */
  feed(event: InputEvent): DiscreteEvent | undefined {
    switch (event.type) {
      case "pointer_down":
        this.#move(event);
        return this.#press(event) ? event : undefined;
      case "pointer_move":
        this.#move(event);
        return undefined;
      case "pointer_up":
        this.#move(event);
        return this.#release(event);
      case "double_click":
        return isInside(event) ? event : undefined;
      case "key_down":
        return event;
      default:
        return undefined;
    }
  }

  #move(event: InputEvent): void {
    for (const press of this.#presses.values()) {
      if (pointerOf(press.start) === pointerOf(event)) press.moved ||= distance(press.start, event) > DRAG_SLOP_CSS_PX;
    }
  }

  #press(start: InputEvent): boolean {
    const key = keyOf(start);
    // The release of an earlier press was lost.
    this.#presses.delete(key);
    if (!isInside(start)) return false;
    const [oldest] = this.#presses.keys();
    if (oldest !== undefined && this.#presses.size === MAX_PRESSES) this.#presses.delete(oldest);
    this.#presses.set(key, { start, moved: false });
    return true;
  }

  #release(end: InputEvent): Drag | undefined {
    const key = keyOf(end);
    const press = this.#presses.get(key);
    this.#presses.delete(key);
    return press?.moved ? { type: "drag", start: press.start, end } : undefined;
  }
}

function isInside({ inside = true }: InputEvent): boolean {
  return inside;
}

function pointerOf({ pointer_id = 0 }: InputEvent): number {
  return pointer_id;
}

function keyOf(event: InputEvent): string {
  return `${pointerOf(event)} ${event.button ?? 0}`;
}

/** In CSS pixels; in frame pixels if an event lacks those. */
function distance(a: InputEvent, b: InputEvent): number {
  const css = [a.css_x, a.css_y, b.css_x, b.css_y];
  const coordinates = css.includes(undefined) ? [a.x, a.y, b.x, b.y] : css;
  const [ax = 0, ay = 0, bx = 0, by = 0] = coordinates;
  return Math.hypot(bx - ax, by - ay);
}
