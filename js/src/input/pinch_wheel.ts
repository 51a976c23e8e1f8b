import type { Point } from "../flow/geometry.ts";
import type { Desk } from "./input_context.ts";
import { nowS } from "./input_context.ts";

/** Browsers say a pinch on a trackpad as a wheel with Control held, which turned so far for each factor of e. */
export const CSS_PX_PER_E = 100;

/** Two fingers that open or close, told as a wheel with Control held, while Python wants it. */
export class Pinch {
  readonly #desk: Desk;
  readonly #release: () => void;
  /** Those on the glass, in the order in which they came: where in the viewport, CSS pixels, however that is turned. */
  readonly #fingers = new Map<number, Point>();
  #isOn = false;

  /** `release`: end what the first finger began. */
  constructor(desk: Desk, release: () => void) {
    this.#desk = desk;
    this.#release = release;
  }

  /** Take an event of a finger and tell whether it is part of a pinch, and so of nothing else. */
  take(event: PointerEvent): boolean {
    const { isOn } = this;
    if (event.type === "pointerdown") this.#put(event);
    else if (event.type === "pointermove") this.#move(event);
    else this.#lift(event.pointerId);
    return isOn || this.isOn;
  }

  /** From the second finger's coming until the last has gone: one that stays must not begin to draw. */
  get isOn(): boolean {
    return this.#isOn;
  }

  /** Know of no finger any more. */
  forget(): void {
    this.#fingers.clear();
    this.#isOn = false;
  }

  #put(event: PointerEvent): void {
    this.#fingers.set(event.pointerId, this.#desk.locator.cssOf(event));
    if (this.#isOn || this.#fingers.size < 2 || !this.#desk.traits.pinchAsWheel) return;
    this.#isOn = true;
    this.#release();
  }

  #move(event: PointerEvent): void {
    if (!this.#fingers.has(event.pointerId)) return;
    const before = this.#span();
    this.#fingers.set(event.pointerId, this.#desk.locator.cssOf(event));
    const after = this.#span();
    if (this.#isOn && before > 0 && after > 0) this.#turn(after / before, event);
  }

  #lift(pointerId: number): void {
    this.#fingers.delete(pointerId);
    if (this.#fingers.size === 0) this.#isOn = false;
  }

  #turn(scale: number, event: PointerEvent): void {
    const [a, b] = this.#fingers.values();
    const location = a && b && this.#desk.locator.locateCss({ x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 });
    if (location === undefined) return;
    this.#desk.emit({
      type: "wheel",
      timestamp: nowS(),
      ...location,
      dx: 0,
      dy: -CSS_PX_PER_E * Math.log(scale),
      buttons: [],
      modifiers: [...new Set([...this.#desk.modifiersOf(event), "Control"])],
    });
  }

  /** Between the first two fingers, CSS pixels; 0 while there are no two. */
  #span(): number {
    const [a, b] = this.#fingers.values();
    return a && b ? Math.hypot(b.x - a.x, b.y - a.y) : 0;
  }
}
