import type { Point } from "../flow/geometry.ts";
import type { InputContext } from "./input_context.ts";
import { nowS } from "./input_context.ts";

/** Browsers report a pinch on a trackpad as a wheel with Control held, which turned so far for each factor of e. */
export const CSS_PX_PER_E = 100;

/** Emits a pinch of two fingers as a wheel with Control held, while Python wants it. */
export class PinchWheel {
  readonly #context: InputContext;
  readonly #release: () => void;
  /** Those on the glass, in the order in which they came: where in the viewport, CSS pixels, however that is turned. */
  readonly #fingers = new Map<number, Point>();
  #isActive = false;

  /** `release`: end what the first finger began. */
  constructor(context: InputContext, release: () => void) {
    this.#context = context;
    this.#release = release;
  }

  /** Take an event of a finger and return whether it is part of a pinch, and so of nothing else. */
  feed(event: PointerEvent): boolean {
    const { isActive } = this;
    if (event.type === "pointerdown") this.#put(event);
    else if (event.type === "pointermove") this.#move(event);
    else this.#lift(event.pointerId);
    return isActive || this.isActive;
  }

  /** From the second finger's coming until the last has gone: one that stays must not begin to draw. */
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

  /** Between the first two fingers, CSS pixels; 0 while there are no two. */
  #span(): number {
    const [a, b] = this.#fingers.values();
    return a && b ? Math.hypot(b.x - a.x, b.y - a.y) : 0;
  }
}
