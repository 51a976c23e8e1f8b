interface TapPoint {
  readonly timeStamp: number;
  readonly clientX: number;
  readonly clientY: number;
}

const DOUBLE_TAP_TIMEOUT_MS = 300;
const SLOP_CSS_PX = 24;

/** Detects double taps, which not every browser reports as double clicks. */
export class DoubleTapDetector {
  readonly #fingers = new Set<number>();
  #press: TapPoint | undefined;
  /** The end of a tap that may become the first of a double tap. */
  #tap: TapPoint | undefined;

  /** Process a touch event; return whether it completes a double tap. */
  feed(event: PointerEvent): boolean {
    switch (event.type) {
      case "pointerdown":
        this.#fingers.add(event.pointerId);
        if (this.#fingers.size > 1) this.#reset();
        else this.#press = event;
        return false;
      case "pointermove":
        if (this.#press !== undefined && distance(this.#press, event) > SLOP_CSS_PX) this.#reset();
        return false;
      case "pointerup":
        this.#fingers.delete(event.pointerId);
        return this.#lift(event);
      default:
        this.#fingers.delete(event.pointerId);
        if (event.type === "pointercancel") this.#reset();
        return false;
    }
  }

  #lift(event: TapPoint): boolean {
    const press = this.#press;
    this.#press = undefined;
    if (press === undefined || event.timeStamp - press.timeStamp > DOUBLE_TAP_TIMEOUT_MS) {
      this.#tap = undefined;
      return false;
    }
    const isSecond =
      this.#tap !== undefined &&
      press.timeStamp - this.#tap.timeStamp <= DOUBLE_TAP_TIMEOUT_MS &&
      distance(press, this.#tap) <= SLOP_CSS_PX;
    this.#tap = isSecond ? undefined : event;
    return isSecond;
  }

  #reset(): void {
    this.#press = undefined;
    this.#tap = undefined;
  }
}

function distance(a: TapPoint, b: TapPoint): number {
  return Math.hypot(b.clientX - a.clientX, b.clientY - a.clientY);
}
