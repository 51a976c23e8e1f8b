import type { Point } from "../flow/geometry.ts";
import { DRAG_SLOP_CSS_PX } from "../flow/drag_detector.ts";
import type { Lens } from "../flow/view_transform.ts";
import type { Deck } from "../view/view_context.ts";

/** A button or finger that went down on the picture. */
interface Holder {
  readonly down: PointerEvent;
  readonly target: EventTarget;
  /** In the window. */
  x: number;
  y: number;
  /** `held`: it may become a click or a drag. `told`: Python knows of it. `ours`: it moves the picture. */
  fate: "held" | "told" | "ours";
}

/** The fingers that move the picture, as one: their middle and how far they are from it, CSS pixels of the viewport. */
interface Hand {
  readonly middle: Point;
  readonly spread: number;
}

/**
 * The picture held by a mouse that drags it, or by fingers that drag and pinch it.
 *
 * A press that may become one of that is held back; when it was a click after all, its down is dispatched anew, right
 * before its up.
 */
export class Grasp {
  readonly #deck: Deck;
  readonly #takes: (event: PointerEvent) => boolean;
  readonly #holders = new Map<number, Holder>();
  /** Events that we dispatch ourselves, for others. */
  readonly #replayed = new WeakSet<Event>();
  /** Where the hand was when it took hold, and what was looked at. */
  #start: (Hand & { readonly lens: Lens }) | undefined;

  /** `takes`: whether a press with the keys that are held may be one to move the picture by. */
  constructor(deck: Deck, takes: (event: PointerEvent) => boolean, signal: AbortSignal) {
    this.#deck = deck;
    this.#takes = takes;
    const listen = (type: PointerEventType, listener: (event: PointerEvent) => void): void => {
      const early = (event: PointerEvent): void => {
        if (!this.#replayed.has(event)) listener(event);
      };
      deck.viewport.addEventListener(type, early, { capture: true, signal });
    };
    listen("pointerdown", (event) => this.#onDown(event));
    listen("pointermove", (event) => this.#onMove(event));
    listen("pointerup", (event) => this.#onUp(event));
    listen("pointercancel", (event) => this.#leave(event.pointerId));
    listen("lostpointercapture", (event) => this.#leave(event.pointerId));
    const early = { capture: true, signal };
    // Neither a selection nor the drag of an image may begin with what is held back.
    deck.viewport.addEventListener("mousedown", (event) => this.#holders.size > 0 && event.preventDefault(), early);
  }

  #onDown(event: PointerEvent): void {
    const { scene, zoom, viewport } = this.#deck;
    const isTouch = event.pointerType === "touch";
    const mayMove = isTouch || (event.button === 0 && event.buttons === 1 && zoom.isZoomed);
    if (scene === undefined || event.target === null || !mayMove || !this.#takes(event)) return;
    event.stopPropagation();
    const { pointerId, target, clientX: x, clientY: y } = event;
    this.#holders.set(pointerId, { down: event, target, x, y, fate: "held" });
    viewport.setPointerCapture(pointerId);
    if (!isTouch) this.#deck.focusPicture();
    if (this.#holders.size > 1) this.#pinch();
  }

  #onMove(event: PointerEvent): void {
    const holder = this.#holders.get(event.pointerId);
    if (holder === undefined) return;
    holder.x = event.clientX;
    holder.y = event.clientY;
    if (holder.fate === "told") return;
    // The second button of a chord, and the release of the first, are said as moves.
    if (event.buttons !== holder.down.buttons) {
      if (holder.fate === "ours") return this.#onUp(event);
      this.#holders.delete(event.pointerId);
      return this.#tell(holder);
    }
    const { clientX, clientY } = holder.down;
    const isDrag = Math.hypot(holder.x - clientX, holder.y - clientY) > DRAG_SLOP_CSS_PX;
    if (holder.fate === "held" && isDrag) {
      if (!this.#deck.zoom.isZoomed) return this.#tell(holder);
      this.#take(holder);
      this.#grasp(this.#handOf([this.#deck.locator.cssOf(holder.down)]));
    }
    event.stopPropagation();
    this.#carry();
  }

  #onUp(event: PointerEvent): void {
    const holder = this.#holders.get(event.pointerId);
    if (holder === undefined) return;
    this.#leave(event.pointerId);
    if (holder.fate === "ours") event.stopPropagation();
    else if (holder.fate === "held") this.#tell(holder);
  }

  /** All that hold the picture now move it together. */
  #pinch(): void {
    for (const holder of this.#holders.values()) this.#take(holder);
    this.#grasp(this.#hand);
  }

  /** A button or finger is up, or taken away. */
  #leave(pointerId: number): void {
    const holder = this.#holders.get(pointerId);
    this.#holders.delete(pointerId);
    if (holder?.fate !== "ours") return;
    if (this.#moving.length > 0) return this.#grasp(this.#hand);
    this.#start = undefined;
    this.#deck.root.classList.remove("rfb-grabbing");
  }

  #take(holder: Holder): void {
    if (holder.fate === "told") this.#replay("pointercancel", holder);
    holder.fate = "ours";
    this.#deck.root.classList.add("rfb-grabbing");
  }

  #grasp(hand: Hand): void {
    this.#start = { ...hand, lens: this.#deck.zoom.lens };
  }

  #carry(): void {
    if (this.#start === undefined) return;
    const { lens, middle, spread } = this.#start;
    const hand = this.#hand;
    const factor = spread > 0 ? hand.spread / spread : 1;
    this.#deck.zoom.carry(lens, middle, hand.middle, factor);
  }

  get #moving(): Holder[] {
    return [...this.#holders.values()].filter(({ fate }) => fate === "ours");
  }

  get #hand(): Hand {
    const { locator } = this.#deck;
    return this.#handOf(this.#moving.map(({ x, y }) => locator.cssOf({ clientX: x, clientY: y })));
  }

  #handOf(points: readonly Point[]): Hand {
    const mean = (of: (point: Point) => number): number =>
      points.reduce((sum, each) => sum + of(each), 0) / points.length;
    const middle = { x: mean(({ x }) => x), y: mean(({ y }) => y) };
    return { middle, spread: mean(({ x, y }) => Math.hypot(x - middle.x, y - middle.y)) };
  }

  /** Tell others of the down that was held back. */
  #tell(holder: Holder): void {
    holder.fate = "told";
    this.#replay("pointerdown", holder);
  }

  #replay(type: PointerEventType, { down, target }: Holder): void {
    const event = new PointerEvent(type, down);
    this.#replayed.add(event);
    target.dispatchEvent(event);
  }
}

type PointerEventType = "pointerdown" | "pointermove" | "pointerup" | "pointercancel" | "lostpointercapture";
