import type { InputEvent, Touch } from "../flow/merge.ts";
import type { Location } from "../view/locator.ts";
import { buttonOf, buttonsOf } from "./buttons.ts";
import type { Desk } from "./surface.ts";
import { modifiersOf, nowS } from "./surface.ts";

/** One mouse, pen or finger that is known to the view. */
interface Pointer {
  readonly type: string;
  /** Buttons held, renderview numbers. */
  buttons: number[];
  pressure: number;
  location: Location;
}

/** Mouse, pen and touch: downs, ups, moves, entering, leaving, double clicks. */
export class Pointers {
  readonly #desk: Desk;
  readonly #pointers = new Map<number, Pointer>();

  constructor(desk: Desk) {
    this.#desk = desk;
    this.#on("pointerdown", (event) => this.#onChange(event));
    this.#on("pointermove", (event) => this.#onChange(event));
    this.#on("pointerup", (event) => this.#onChange(event));
    this.#on("pointerenter", (event) => this.#onCrossing("pointer_enter", event));
    this.#on("pointerleave", (event) => this.#onCrossing("pointer_leave", event));
    this.#on("pointercancel", (event) => this.#release(event.pointerId));
    this.#on("lostpointercapture", (event) => this.#release(event.pointerId));
    const { element, signal } = desk;
    element.addEventListener("dblclick", (event) => this.#onDoubleClick(event), { signal });
    // The browser would take the focus away again: a press on a bar, or the second of a chord, is not on the canvas.
    element.addEventListener("mousedown", (event) => event.preventDefault(), { signal });
  }

  get isPressed(): boolean {
    return [...this.#pointers.values()].some(({ buttons }) => buttons.length > 0);
  }

  /** Say the ups of everything that is held. */
  releaseAll(): void {
    for (const id of [...this.#pointers.keys()]) this.#release(id);
  }

  #on(type: PointerEventType, listener: (event: PointerEvent) => void): void {
    this.#desk.element.addEventListener(type, listener, { signal: this.#desk.signal });
  }

  /**
   * Derive downs and ups from the buttons that are held.
   *
   * The DOM says the second button of a chord, and its release, as a move.
   */
  #onChange(event: PointerEvent): void {
    const location = this.#desk.locator.locate(event);
    if (location === undefined) return;
    const before = this.#pointers.get(event.pointerId)?.buttons ?? [];
    const now = buttonsOf(event.buttons);
    const pressed = now.filter((button) => !before.includes(button));
    // A button that went down elsewhere and was dragged in is none of ours.
    if (event.type === "pointermove" && before.length === 0 && pressed.length > 0) return;
    const released = before.filter((button) => !now.includes(button));
    this.#remember(event, location, now);
    if (pressed.length > 0 && before.length === 0) this.#capture(event);
    for (const button of pressed) this.#emit("pointer_down", button, event);
    for (const button of released) this.#emit("pointer_up", button, event);
    if (pressed.length === 0 && released.length === 0) this.#emit("pointer_move", 0, event);
    if (now.length === 0) this.#forget(event.pointerId);
  }

  #onCrossing(type: string, event: PointerEvent): void {
    const location = this.#desk.locator.locate(event);
    if (location === undefined) return;
    const held = this.#pointers.get(event.pointerId)?.buttons ?? [];
    this.#remember(event, location, held);
    this.#emit(type, 0, event);
    if (held.length === 0) this.#forget(event.pointerId);
  }

  #onDoubleClick(event: MouseEvent): void {
    const location = this.#desk.locator.locate(event);
    if (location === undefined) return;
    const button = buttonOf(event.button);
    const buttons = buttonsOf(event.buttons);
    const modifiers = modifiersOf(event);
    this.#desk.emit({ type: "double_click", timestamp: nowS(), ...location, button, buttons, modifiers });
  }

  #capture(event: PointerEvent): void {
    this.#desk.element.setPointerCapture(event.pointerId);
    this.#desk.focus();
  }

  #remember(event: PointerEvent, location: Location, buttons: number[]): void {
    this.#pointers.set(event.pointerId, { type: event.pointerType, buttons, pressure: event.pressure, location });
  }

  #forget(pointerId: number): void {
    this.#pointers.delete(pointerId);
  }

  #release(pointerId: number): void {
    const pointer = this.#pointers.get(pointerId);
    if (pointer === undefined) return;
    while (pointer.buttons.length > 0) {
      const button = pointer.buttons.pop() ?? 0;
      this.#desk.emit(this.#describe("pointer_up", button, pointerId, pointer, []));
    }
    this.#forget(pointerId);
  }

  #emit(type: string, button: number, event: PointerEvent): void {
    const pointer = this.#pointers.get(event.pointerId);
    if (pointer === undefined) return;
    this.#desk.emit(this.#describe(type, button, event.pointerId, pointer, modifiersOf(event)));
  }

  #describe(type: string, button: number, id: number, pointer: Pointer, modifiers: string[]): InputEvent {
    const touches = this.#touches();
    return {
      type,
      timestamp: nowS(),
      ...pointer.location,
      button,
      buttons: [...pointer.buttons],
      modifiers,
      ntouches: Object.keys(touches).length,
      touches,
      pointer_id: Math.max(0, id),
      pointer_type: pointer.type,
      pressure: pointer.pressure,
    };
  }

  /** Fingers on the glass; a finger that is being lifted is not there any more. */
  #touches(): Record<string, Touch> {
    const touches: Record<string, Touch> = {};
    for (const [id, { type, buttons, pressure, location }] of this.#pointers) {
      if (type === "touch" && buttons.length > 0) touches[id] = { x: location.x, y: location.y, pressure };
    }
    return touches;
  }
}

type PointerEventType =
  | "pointerdown"
  | "pointermove"
  | "pointerup"
  | "pointerenter"
  | "pointerleave"
  | "pointercancel"
  | "lostpointercapture";
