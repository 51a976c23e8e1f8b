import type { Point } from "../flow/geometry.ts";
import type { InputContext } from "./input_context.ts";
import { nowS } from "./input_context.ts";

/** Browsers report a trackpad pinch as a wheel event with Control: this far for each zoom factor of e. */
export const CSS_PX_PER_E = 100;

/** Emits a two-finger pinch as wheel events with Control, while the trait `pinch_as_wheel` is set. */
export class PinchWheel {
  readonly #context: InputContext;
  readonly #release: () => void;
  /** The touching fingers, oldest first: their positions in CSS pixels of the viewport. */
  readonly #fingers = new Map<number, Point>();
  #isActive = false;

  /** `release`: release the first finger, whose press was already emitted. */
  constructor(context: InputContext, release: () => void) {
    this.#context = context;
    this.#release = release;
  }

  /** Process a touch event; return whether it belongs to a pinch only. */
  feed(event: PointerEvent): boolean {
    const { isActive } = this;
    if (event.type === "pointerdown") this.#put(event);
    else if (event.type === "pointermove") this.#move(event);
    else this.#lift(event.pointerId);
    return isActive || this.isActive;
  }

  /** True from the second finger's down until the last one's up: a remaining finger must not start to draw. */
  get isActive(): boolean {
    return this.#isActive;
  }

  /** Forget all fingers. */
  reset(): void {
    this.#fingers.clear();
    this.#isActive = false;
  }

  #put(event: PointerEvent): void {
    this.#fingers.set(event.pointerId, this.#context.coordinateMapper.cssOf(event));
    if (this.#isActive || this.#fingers.size < 2 || !this.#context.traits.pinchAsWheel) return;
    this.#isActive = true;
    this.#release();
  }

  #move(event: PointerEvent): void {
    if (!this.#fingers.has(event.pointerId)) return;
    const before = this.#span();
    this.#fingers.set(event.pointerId, this.#context.coordinateMapper.cssOf(event));
    const after = this.#span();
    if (this.#isActive && before > 0 && after > 0) this.#emitWheel(after / before, event);
  }

  #lift(pointerId: number): void {
    this.#fingers.delete(pointerId);
    if (this.#fingers.size === 0) this.#isActive = false;
  }

  #emitWheel(scale: number, event: PointerEvent): void {
    const [a, b] = this.#fingers.values();
    const location = a && b && this.#context.coordinateMapper.locateCss({ x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 });
    if (location === undefined) return;
    this.#context.emit({
      type: "wheel",
      timestamp: nowS(),
      ...location,
      dx: 0,
      dy: -CSS_PX_PER_E * Math.log(scale),
      buttons: [],
      modifiers: [...new Set([...this.#context.modifiersOf(event), "Control"])],
    });
  }

  /** The distance between the first two fingers, CSS pixels; 0 with fewer than two. */
  #span(): number {
    const [a, b] = this.#fingers.values();
    return a && b ? Math.hypot(b.x - a.x, b.y - a.y) : 0;
  }
}
