import type { InputEvent } from "../flow/event_merge.ts";
import type { Traits } from "../host/traits.ts";
import type { CoordinateMapper } from "../view/coordinate_mapper.ts";

/** The element that receives input, and where its events go. */
export interface InputSurface {
  /** The viewport, which contains the focusable elements. */
  readonly element: HTMLElement;
  readonly coordinateMapper: CoordinateMapper;
  readonly traits: Traits;
  /** Move the keyboard focus to the picture. */
  focus(): void;
  send(events: readonly InputEvent[]): void;
}

/** What the input handlers of one view share. */
export interface InputContext extends Omit<InputSurface, "send"> {
  /** Removes all listeners. */
  readonly signal: AbortSignal;
  readonly hasFocus: boolean;
  /** True while any mouse button or finger is down. */
  readonly isPressed: boolean;
  /** The pressed mouse buttons, ascending. */
  readonly heldButtons: readonly number[];
  /**
   * Return the pressed modifier keys by renderview name; first emits the key ups of those released outside the view.
   */
  modifiersOf(event: MouseEvent | KeyboardEvent): string[];
  /** Return the keyboard focus to the page. */
  exitFocus(): void;
  emit(event: InputEvent): void;
}

/** The time of day in seconds. */
export function nowS(): number {
  return Date.now() / 1000;
}
