import type { Size } from "../flow/geometry.ts";
import type { SetViewport } from "../wire/messages.ts";

/** Observes the size of an element in CSS and device pixels, and whether it is on screen. */
export class ViewportSensor {
  readonly #element: HTMLElement;
  readonly #onChange: () => void;
  readonly #signal: AbortSignal;
  #size: Size | undefined;
  // Assume true until the observer reports, so that the first frame is requested at once.
  #onScreen = true;

  constructor(element: HTMLElement, onChange: () => void, signal: AbortSignal) {
    this.#element = element;
    this.#onChange = onChange;
    this.#signal = signal;
    const sizes = new ResizeObserver(() => this.#measure());
    const crossings = new IntersectionObserver((entries) => this.#onCrossing(entries));
    sizes.observe(element);
    crossings.observe(element);
    signal.addEventListener("abort", () => {
      sizes.disconnect();
      crossings.disconnect();
    });
    this.#watchPixelRatio();
  }

  get onScreen(): boolean {
    return this.#onScreen;
  }

  /** CSS pixels; undefined before layout. */
  get size(): Size | undefined {
    return this.#size;
  }

  get viewport(): SetViewport | undefined {
    if (this.#size === undefined) return undefined;
    const { width, height } = this.#size;
    const ratio = window.devicePixelRatio;
    const pwidth = Math.max(1, Math.round(width * ratio));
    const pheight = Math.max(1, Math.round(height * ratio));
    return { type: "set_viewport", width, height, pwidth, pheight, ratio };
  }

  #measure(): void {
    // Not `getBoundingClientRect`, whose size includes the page's transforms.
    const { clientWidth: width, clientHeight: height } = this.#element;
    if (width === 0 || height === 0) return;
    if (this.#size?.width === width && this.#size.height === height) return;
    this.#size = { width, height };
    this.#onChange();
  }

  #onCrossing(entries: readonly IntersectionObserverEntry[]): void {
    const onScreen = entries.at(-1)?.isIntersecting ?? false;
    if (onScreen === this.#onScreen) return;
    this.#onScreen = onScreen;
    this.#onChange();
  }

  /** A media query matches one ratio, so every change needs a new query. */
  #watchPixelRatio(): void {
    const query = window.matchMedia(`(resolution: ${window.devicePixelRatio}dppx)`);
    const listener = (): void => {
      this.#onChange();
      this.#watchPixelRatio();
    };
    query.addEventListener("change", listener, { once: true, signal: this.#signal });
  }
}
