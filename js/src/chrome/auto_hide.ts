import { Observable } from "../flow/observable.ts";
import type { ViewContext } from "../view/view_context.ts";

const HIDE_AFTER_MS = 2_500;
/** About the height of the toolbar with its margins, CSS pixels. */
const NEAR_TOP_PX = 48;
/** What a tool has opened over the picture. */
const OPEN = ".rfb-menu, .rfb-popover";

/**
 * Shows the controls while the user may need them: the pointer moves over the view, a finger touched it, or a control
 * has the keyboard focus. Hides them while the user presses on the picture.
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

  /** `layer` contains the controls over the picture. */
  constructor(viewContext: ViewContext, layer: HTMLElement, signal: AbortSignal) {
    const { root, viewport } = viewContext;
    this.#viewContext = viewContext;
    this.#layer = layer;
    // In the capture phase, because a press that moves the picture does not propagate.
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

  /** Check again after a menu was closed. */
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

  /** While inspecting, only the area of the toolbar shows the controls, so that they do not cover pixels. */
  #isElsewhere(event: PointerEvent): boolean {
    const { target } = event;
    if (!this.#viewContext.root.classList.contains("rfb-inspecting")) return false;
    if (target instanceof Node && this.#layer.contains(target)) return false;
    return this.#viewContext.coordinateMapper.cssOf(event).y > NEAR_TOP_PX;
  }

  /** Runs on a timer, not for each move. */
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

  /** A hovered control or an open menu is in use. Touch leaves a stale `:hover`, so it does not count. */
  get #isInUse(): boolean {
    const selector = this.#isTouch ? OPEN : `:hover, ${OPEN}`;
    return this.#layer.querySelector(selector) !== null;
  }

  /** Lifting a finger also causes a leave event, which must not hide the controls. */
  #leave({ pointerType }: PointerEvent): void {
    if (pointerType === "touch") return;
    this.#activeMs = -Infinity;
    this.#hideWhenIdle();
  }

  /** Only trusted events: a gesture may dispatch a withheld press again. */
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

  /** A clicked button has the focus too, but does not match `:focus-visible`. */
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
