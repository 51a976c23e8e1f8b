import type { Point } from "../flow/geometry.ts";
import type { ViewTransform } from "../flow/view_transform.ts";
import type { ViewContext } from "../view/view_context.ts";
import { DRAG_SLOP_CSS_PX } from "../wire/constants.ts";

/** A button or finger that went down on the picture. */
interface PressedPointer {
  readonly down: PointerEvent;
  readonly target: EventTarget;
  /** Client coordinates. */
  x: number;
  y: number;
  /** `pending`: it may become a click or a drag. `forwarded`: it went to Python. `claimed`: it moves the picture. */
  state: "pending" | "forwarded" | "claimed";
}

/** The centroid of the claimed pointers and their mean distance from it, CSS pixels of the viewport. */
interface Pinch {
  readonly middle: Point;
  readonly spread: number;
}

/**
 * Recognises mouse drags, and touch drags and pinches, that pan and zoom the picture.
 *
 * It withholds a press that may become a gesture. If it turns out to be a click, the gesture dispatches its down again,
 * right before its up.
 */
export class PanZoomGesture {
  readonly #viewContext: ViewContext;
  readonly #accepts: (event: PointerEvent) => boolean;
  readonly #pressed = new Map<number, PressedPointer>();
  /** Events that this class dispatches itself, and must not handle. */
  readonly #replayed = new WeakSet<Event>();
  /** The pinch and the transform at the start of the gesture. */
  #start: (Pinch & { readonly transform: ViewTransform }) | undefined;

  /** `accepts`: whether a press with its modifier keys may move the picture. */
  constructor(viewContext: ViewContext, accepts: (event: PointerEvent) => boolean, signal: AbortSignal) {
    this.#viewContext = viewContext;
    this.#accepts = accepts;
    const listen = (type: PointerEventType, listener: (event: PointerEvent) => void): void => {
      const early = (event: PointerEvent): void => {
        if (!this.#replayed.has(event)) listener(event);
      };
      viewContext.viewport.addEventListener(type, early, { capture: true, signal });
    };
    listen("pointerdown", (event) => this.#onDown(event));
    listen("pointermove", (event) => this.#onMove(event));
    listen("pointerup", (event) => this.#onUp(event));
    listen("pointercancel", (event) => this.#removePointer(event.pointerId));
    listen("lostpointercapture", (event) => this.#removePointer(event.pointerId));
    const early = { capture: true, signal };
    // A withheld press must not start a text selection or an image drag.
    viewContext.viewport.addEventListener(
      "mousedown",
      (event) => this.#pressed.size > 0 && event.preventDefault(),
      early,
    );
  }

  #onDown(event: PointerEvent): void {
    const { layout, zoom, viewport } = this.#viewContext;
    const isTouch = event.pointerType === "touch";
    const mayMove = isTouch || (event.button === 0 && event.buttons === 1 && zoom.isZoomed);
    if (layout === undefined || event.target === null || !mayMove || !this.#accepts(event)) return;
    event.stopPropagation();
    const { pointerId, target, clientX: x, clientY: y } = event;
    this.#pressed.set(pointerId, { down: event, target, x, y, state: "pending" });
    viewport.setPointerCapture(pointerId);
    if (!isTouch) this.#viewContext.focusPicture();
    if (this.#pressed.size > 1) this.#beginPinch();
  }

  #onMove(event: PointerEvent): void {
    const pointer = this.#pressed.get(event.pointerId);
    if (pointer === undefined) return;
    pointer.x = event.clientX;
    pointer.y = event.clientY;
    if (pointer.state === "forwarded") return;
    // The DOM reports the second button of a chord, and its release, as moves.
    if (event.buttons !== pointer.down.buttons) {
      if (pointer.state === "claimed") return this.#onUp(event);
      this.#pressed.delete(event.pointerId);
      return this.#forward(pointer);
    }
    const { clientX, clientY } = pointer.down;
    const isDrag = Math.hypot(pointer.x - clientX, pointer.y - clientY) > DRAG_SLOP_CSS_PX;
    if (pointer.state === "pending" && isDrag) {
      if (!this.#viewContext.zoom.isZoomed) return this.#forward(pointer);
      this.#claim(pointer);
      this.#begin(this.#pinchOf([this.#viewContext.coordinateMapper.cssOf(pointer.down)]));
    }
    event.stopPropagation();
    this.#update();
  }

  #onUp(event: PointerEvent): void {
    const pointer = this.#pressed.get(event.pointerId);
    if (pointer === undefined) return;
    this.#removePointer(event.pointerId);
    if (pointer.state === "claimed") event.stopPropagation();
    else if (pointer.state === "pending") this.#forward(pointer);
  }

  /** Let all pressed pointers move the picture together. */
  #beginPinch(): void {
    for (const pointer of this.#pressed.values()) this.#claim(pointer);
    this.#begin(this.#currentPinch);
  }

  /** A button or finger was released or cancelled. */
  #removePointer(pointerId: number): void {
    const pointer = this.#pressed.get(pointerId);
    this.#pressed.delete(pointerId);
    if (pointer?.state !== "claimed") return;
    if (this.#claimed.length > 0) return this.#begin(this.#currentPinch);
    this.#start = undefined;
    this.#viewContext.root.classList.remove("rfb-grabbing");
  }

  #claim(pointer: PressedPointer): void {
    if (pointer.state === "forwarded") this.#replay("pointercancel", pointer);
    pointer.state = "claimed";
    this.#viewContext.root.classList.add("rfb-grabbing");
  }

  #begin(pinch: Pinch): void {
    this.#start = { ...pinch, transform: this.#viewContext.zoom.transform };
  }

  #update(): void {
    if (this.#start === undefined) return;
    const { transform, middle, spread } = this.#start;
    const pinch = this.#currentPinch;
    const factor = spread > 0 ? pinch.spread / spread : 1;
    this.#viewContext.zoom.panZoom(transform, middle, pinch.middle, factor);
  }

  get #claimed(): PressedPointer[] {
    return [...this.#pressed.values()].filter(({ state }) => state === "claimed");
  }

  get #currentPinch(): Pinch {
    const { coordinateMapper } = this.#viewContext;
    return this.#pinchOf(this.#claimed.map(({ x, y }) => coordinateMapper.cssOf({ clientX: x, clientY: y })));
  }

  #pinchOf(points: readonly Point[]): Pinch {
    const mean = (of: (point: Point) => number): number =>
      points.reduce((sum, each) => sum + of(each), 0) / points.length;
    const middle = { x: mean(({ x }) => x), y: mean(({ y }) => y) };
    return { middle, spread: mean(({ x, y }) => Math.hypot(x - middle.x, y - middle.y)) };
  }

  /** Dispatch the withheld down to the other handlers. */
  #forward(pointer: PressedPointer): void {
    pointer.state = "forwarded";
    this.#replay("pointerdown", pointer);
  }

  #replay(type: PointerEventType, { down, target }: PressedPointer): void {
    const event = new PointerEvent(type, down);
    this.#replayed.add(event);
    // The canvas that was pressed may have been replaced by now.
    const isGone = target instanceof Node && !target.isConnected;
    (isGone ? this.#viewContext.viewport : target).dispatchEvent(event);
  }
}

type PointerEventType = "pointerdown" | "pointermove" | "pointerup" | "pointercancel" | "lostpointercapture";
