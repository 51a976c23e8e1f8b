import type { InputEvent } from "../flow/event_merge.ts";
import type { Traits } from "../host/traits.ts";
import type { CoordinateMapper } from "../view/coordinate_mapper.ts";

/** The element that input comes from, and where its events go. */
export interface InputSurface {
  /** The viewport; what takes the focus is in it. */
  readonly element: HTMLElement;
  readonly coordinateMapper: CoordinateMapper;
  readonly traits: Traits;
  /** Give the keyboard to the picture. */
  focus(): void;
  send(events: readonly InputEvent[]): void;
}

/** What the input devices of one view share. */
export interface InputContext extends Omit<InputSurface, "send"> {
  /** Ends all listening. */
  readonly signal: AbortSignal;
  readonly hasFocus: boolean;
  /** True while any mouse button or finger is down. */
  readonly isPressed: boolean;
  /** The mouse buttons that are held, ascending. */
  readonly heldButtons: readonly number[];
  /** Modifier keys that are held, by their renderview names. The ups of those that were released elsewhere go out first. */
  modifiersOf(event: MouseEvent | KeyboardEvent): string[];
  /** Give the keyboard back to the page. */
  exitFocus(): void;
  emit(event: InputEvent): void;
}

/** The time of day in seconds. */
export function nowS(): number {
  return Date.now() / 1000;
}
