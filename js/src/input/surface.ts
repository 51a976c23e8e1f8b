import type { InputEvent } from "../flow/merge.ts";
import type { Locator } from "../view/locator.ts";

/** Where input comes from and goes to. */
export interface Surface {
  /** The viewport; the canvas in it takes the focus. */
  readonly element: HTMLElement;
  readonly locator: Locator;
  focus(): void;
  send(events: readonly InputEvent[]): void;
}

/** What the devices of one view share. */
export interface Desk {
  readonly element: HTMLElement;
  readonly locator: Locator;
  /** Ends all listening. */
  readonly signal: AbortSignal;
  readonly hasFocus: boolean;
  /** True while any mouse button or finger is down. */
  readonly isPressed: boolean;
  focus(): void;
  emit(event: InputEvent): void;
}

/** Modifier keys that are held, by their renderview names. */
export function modifiersOf(event: MouseEvent | KeyboardEvent): string[] {
  const held: string[] = [];
  if (event.shiftKey) held.push("Shift");
  if (event.ctrlKey) held.push("Control");
  if (event.altKey) held.push("Alt");
  if (event.metaKey) held.push("Meta");
  return held;
}

/** The time of day in seconds. */
export function nowS(): number {
  return Date.now() / 1000;
}
