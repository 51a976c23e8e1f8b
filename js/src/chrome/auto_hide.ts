import { Observable } from "../flow/observable.ts";
import type { ViewContext } from "../view/view_context.ts";

const HIDE_AFTER_MS = 2_500;
/** About as high as the toolbar with what is around it, CSS pixels. */
const NEAR_TOP_PX = 48;

/**
 * Whether somebody is about to do something with the view: their pointer moves over it, they touched it, or their keyboard
 * is in what lies over it. Not while they press on the picture, which they want to see then.
 */
export class AutoHide {
  readonly awake = new Observable(false);
  readonly #viewContext: ViewContext;
  readonly #layer: HTMLElement;
  #isActive = false;
  #isFocused = false;
  #isTouch = false;
  readonly #pressing = new Set<number>();
  #activeMs = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `layer` holds what lies over the picture. */
  constructor(viewContext: ViewContext, layer: HTMLElement, signal: AbortSignal) {
    const { root, viewport } = viewContext;
    this.#viewContext = viewContext;
    this.#layer = layer;
    // In the capture phase: a press that moves the picture is nobody else's to see.
    const options = { signal, capture: true, passive: true };
    root.addEventListener("pointermove", (event) => this.#onActivity(event), options);
    viewport.addEventListener("pointerdown", (event) => this.#press(event), options);
    root.addEventListener("pointerdown", (event) => this.#onActivity(event), options);
    root.addEventListener("pointerleave", (event) => this.#leave(event), { signal });
    for (const type of ["pointerup", "pointercancel"] as const) {
      window.addEventListener(type, (event) => this.#release(event), options);
    }
    window.addEventListener("blur", () => this.#releaseAll(), { signal });
    layer.addEventListener("focusin", (event) => this.#focus(event.target), { signal });
    layer.addEventListener("focusout", () => this.#focus(undefined), { signal });
    signal.addEventListener("abort", () => clearTimeout(this.#timer));
  }

  /** Look again: what was held open may be closed. */
  refresh(): void {
    this.#hideWhenIdle();
  }

  #onActivity(event: PointerEvent): void {
    if (this.#isElsewhere(event)) return this.#leave(event);
    this.#isTouch = event.pointerType === "touch";
    this.#activeMs = performance.now();
    this.#isActive = true;
    this.#timer ??= setTimeout(() => this.#hideWhenIdle(), HIDE_AFTER_MS);
    this.#update();
  }

  /** Who inspects pixels wants to see them: then only the place of the toolbar counts. */
  #isElsewhere(event: PointerEvent): boolean {
    const { target } = event;
    if (!this.#viewContext.root.classList.contains("rfb-inspecting")) return false;
    if (target instanceof Node && this.#layer.contains(target)) return false;
    return this.#viewContext.coordinateMapper.cssOf(event).y > NEAR_TOP_PX;
  }

  /** Once a while, not for each move. */
  #hideWhenIdle(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (!this.#isActive) return;
    const leftMs = this.#activeMs + HIDE_AFTER_MS - performance.now();
    if (leftMs > 0 || this.#isInUse) {
      this.#timer = setTimeout(() => this.#hideWhenIdle(), leftMs > 0 ? leftMs : HIDE_AFTER_MS);
      return;
    }
    this.#isActive = false;
    this.#update();
  }

  /** Nobody is done with a control that they point at, which a finger does not, or with a menu that is open. */
  get #isInUse(): boolean {
    const selector = this.#isTouch ? ".rfb-menu" : ":hover, .rfb-menu";
    return this.#layer.querySelector(selector) !== null;
  }

  /** A finger that was lifted leaves too, and may come back. */
  #leave({ pointerType }: PointerEvent): void {
    if (pointerType === "touch") return;
    this.#activeMs = -Infinity;
    this.#hideWhenIdle();
  }

  /** What is dispatched anew by those who find out what a press becomes is none of a person's. */
  #press({ pointerId, isTrusted }: PointerEvent): void {
    if (isTrusted) this.#pressing.add(pointerId);
  }

  #release(event: PointerEvent): void {
    if (event.isTrusted && this.#pressing.delete(event.pointerId)) this.#onActivity(event);
  }

  #releaseAll(): void {
    this.#pressing.clear();
    this.#update();
  }

  /** A button that was clicked has the focus too, but not the keyboard. */
  #focus(target: EventTarget | null | undefined): void {
    this.#isFocused = target instanceof Element && target.matches(":focus-visible");
    this.#update();
  }

  #update(): void {
    const isAwake = this.#pressing.size === 0 && (this.#isActive || this.#isFocused);
    this.#viewContext.root.classList.toggle("rfb-awake", isAwake);
    this.awake.value = isAwake;
  }
}
