import type { InputEvent, TouchPoint } from "../flow/event_merge.ts";
import type { EventLocation } from "../view/coordinate_mapper.ts";
import { buttonOf, buttonsOf } from "./buttons.ts";
import { DoubleTapDetector } from "./double_tap.ts";
import type { InputContext } from "./input_context.ts";
import { nowS } from "./input_context.ts";
import { PinchWheel } from "./pinch_wheel.ts";

/** The last known state of a mouse, pen or finger. */
interface Pointer {
  readonly type: string;
  /** Pressed buttons, renderview numbers. */
  buttons: number[];
  /** The first button of the current press; 0 if none is pressed. */
  readonly leading: number;
  readonly location: EventLocation;
  readonly pressure: number;
  readonly pen: Pen | undefined;
}

/** The orientation of a pen in degrees: tilt to the right and to the bottom, clockwise rotation. */
interface Pen {
  readonly tilt_x: number;
  readonly tilt_y: number;
  readonly twist: number;
}

/** Emits the events of mouse, pen and touch: down, up, move, enter, leave and double click. */
export class Pointers {
  readonly #context: InputContext;
  readonly #pointers = new Map<number, Pointer>();
  readonly #doubleTaps = new DoubleTapDetector();
  readonly #pinchWheel: PinchWheel;
  /** The up of a double tap that is not emitted yet. */
  #doubleTap: PointerEvent | undefined;

  constructor(context: InputContext) {
    this.#context = context;
    this.#pinchWheel = new PinchWheel(context, () => this.#releasePointers());
    const { element, signal } = context;
    for (const type of POINTER_EVENTS) element.addEventListener(type, (event) => this.#onPointer(event), { signal });
    element.addEventListener("dblclick", (event) => this.#onDoubleClick(event), { signal });
    // Otherwise a press beside the canvas, or the second of a chord, would blur it.
    element.addEventListener("mousedown", (event) => event.preventDefault(), { signal });
    // Otherwise the browser would paste the selection (middle button), or go back or forward.
    element.addEventListener("mouseup", (event) => event.button > 0 && event.preventDefault(), { signal });
    element.addEventListener("touchend", (event) => this.#onTouchEnd(event), { signal, passive: false });
  }

  /** True while any mouse button or finger is down. */
  get isPressed(): boolean {
    return this.#pinchWheel.isActive || this.held.length > 0;
  }

  /** The pressed buttons of all pointers, ascending. */
  get held(): number[] {
    const held = [...this.#pointers.values()].flatMap(({ buttons }) => buttons);
    return [...new Set(held)].sort((a, b) => a - b);
  }

  /** Emit the ups of all pressed buttons. */
  releaseAll(): void {
    this.#pinchWheel.reset();
    this.#releasePointers();
    this.#showPressed();
  }

  #onPointer(event: PointerEvent): void {
    this.#handle(event);
    this.#showPressed();
  }

  /** For the cursor. */
  #showPressed(): void {
    this.#context.element.classList.toggle("rfb-pressed", this.isPressed);
  }

  #handle(event: PointerEvent): void {
    const isFinger = event.pointerType === "touch" && !CROSSINGS.has(event.type);
    if (isFinger && this.#doubleTaps.feed(event)) this.#doubleTap = event;
    if (isFinger && this.#pinchWheel.feed(event)) return;
    switch (event.type) {
      case "pointerenter":
        return this.#onCrossing("pointer_enter", event);
      case "pointerleave":
        return this.#onCrossing("pointer_leave", event);
      case "pointercancel":
        return this.#release(event.pointerId);
      case "lostpointercapture":
        return event.target === this.#context.element ? this.#release(event.pointerId) : undefined;
      default:
        this.#onChange(event);
    }
    // Some devices show the on-screen keyboard only for a focus change at this moment.
    if (isFinger && event.type === "pointerup") this.#context.focus();
  }

  /**
   * Derive downs and ups from changes of the pressed buttons.
   *
   * The DOM reports the second button of a chord, and its release, as a move.
   */
  #onChange(event: PointerEvent): void {
    const location = this.#context.coordinateMapper.locate(event);
    if (location === undefined) return;
    const before = this.#pointers.get(event.pointerId)?.buttons ?? [];
    const now = buttonsOf(event.buttons);
    const pressed = now.filter((button) => !before.includes(button));
    // Ignore a button that was pressed outside the view and dragged in.
    if (event.type === "pointermove" && before.length === 0 && pressed.length > 0) return;
    const released = before.filter((button) => !now.includes(button));
    const isMove = pressed.length === 0 && released.length === 0;
    // Other events without a change end a press that was released already, or began outside the view.
    if (isMove && (event.type !== "pointermove" || this.#isIdle(event))) return;
    this.#remember(event, location, now);
    if (pressed.length > 0 && before.length === 0) this.#capture(event);
    for (const button of pressed) this.#emit("pointer_down", button, event);
    for (const button of released) this.#emit("pointer_up", button, event);
    if (isMove) this.#emit("pointer_move", this.#pointers.get(event.pointerId)?.leading ?? 0, event);
    if (now.length === 0) this.#pointers.delete(event.pointerId);
  }

  #onCrossing(type: string, event: PointerEvent): void {
    const location = this.#context.coordinateMapper.locate(event);
    if (location === undefined || this.#isIdle(event)) return;
    const held = this.#pointers.get(event.pointerId)?.buttons ?? [];
    this.#remember(event, location, held);
    this.#emit(type, 0, event);
    if (held.length === 0) this.#pointers.delete(event.pointerId);
  }

  /** Whether the pointer hovers, enters or leaves while another one is pressed; such events are not emitted. */
  #isIdle({ pointerId }: PointerEvent): boolean {
    return this.isPressed && !this.#pointers.get(pointerId)?.buttons.length;
  }

  #onTouchEnd(event: TouchEvent): void {
    // Not every browser reports a double tap as a double click, so suppress it everywhere.
    if (event.cancelable) event.preventDefault();
    if (this.#doubleTap !== undefined) this.#doubleClick(this.#doubleTap);
    this.#doubleTap = undefined;
  }

  /** Dispatch a mouse double click, which other handlers may claim. */
  #doubleClick({ clientX, clientY, shiftKey, ctrlKey, altKey, metaKey }: PointerEvent): void {
    const modifiers = { shiftKey, ctrlKey, altKey, metaKey };
    const options = { clientX, clientY, ...modifiers, detail: 2, bubbles: true, cancelable: true };
    this.#context.element.dispatchEvent(new MouseEvent("dblclick", options));
  }

  #onDoubleClick(event: MouseEvent): void {
    const location = this.#context.coordinateMapper.locate(event);
    if (location === undefined) return;
    const button = buttonOf(event.button);
    const buttons = buttonsOf(event.buttons);
    const modifiers = this.#context.modifiersOf(event);
    this.#context.emit({ type: "double_click", timestamp: nowS(), ...location, button, buttons, modifiers });
  }

  #capture(event: PointerEvent): void {
    this.#context.element.setPointerCapture(event.pointerId);
    this.#context.focus();
  }

  #remember(event: PointerEvent, location: EventLocation, buttons: number[]): void {
    const { pointerType: type, pressure, tiltX: tilt_x, tiltY: tilt_y, twist } = event;
    const leading = this.#pointers.get(event.pointerId)?.leading || (buttons[0] ?? 0);
    const pen = type === "pen" ? { tilt_x, tilt_y, twist } : undefined;
    this.#pointers.set(event.pointerId, { type, buttons, leading, location, pressure, pen });
  }

  #releasePointers(): void {
    for (const id of [...this.#pointers.keys()]) this.#release(id);
  }

  #release(pointerId: number): void {
    const pointer = this.#pointers.get(pointerId);
    if (pointer === undefined) return;
    while (pointer.buttons.length > 0) {
      const button = pointer.buttons.pop() ?? 0;
      this.#context.emit(this.#describe("pointer_up", button, pointerId, pointer, []));
    }
    this.#pointers.delete(pointerId);
  }

  #emit(type: string, button: number, event: PointerEvent): void {
    const pointer = this.#pointers.get(event.pointerId);
    if (pointer === undefined) return;
    const modifiers = this.#context.modifiersOf(event);
    this.#context.emit(this.#describe(type, button, event.pointerId, pointer, modifiers));
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
      ...pointer.pen,
    };
  }

  /** The touching fingers, without one that is being lifted. */
  #touches(): Record<string, TouchPoint> {
    const touches: Record<string, TouchPoint> = {};
    for (const [id, { type, buttons, pressure, location }] of this.#pointers) {
      const { x, y, css_x, css_y } = location;
      if (type === "touch" && buttons.length > 0) touches[id] = { x, y, css_x, css_y, pressure };
    }
    return touches;
  }
}

const POINTER_EVENTS = [
  "pointerenter",
  "pointerdown",
  "pointermove",
  "pointerup",
  "pointerleave",
  "pointercancel",
  "lostpointercapture",
] as const;
const CROSSINGS: ReadonlySet<string> = new Set(["pointerenter", "pointerleave"]);
