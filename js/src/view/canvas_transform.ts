import type { Box, Size } from "../flow/geometry.ts";
import type { ViewLayout, ViewTransform } from "../flow/view_transform.ts";
import { WHOLE, isPixelated, transformedBox } from "../flow/view_transform.ts";

/**
 * Places the canvas of a view in its viewport.
 *
 * The layout size is that of the fitted picture; only a CSS transform zooms and pans, so the browser's compositor does
 * all the work, without layout or paint, at any frame rate.
 */
export class CanvasTransform {
  readonly #viewport: HTMLElement;
  #canvas: HTMLCanvasElement | undefined;
  #fitted: Size | undefined;
  #box: Box | undefined;
  #written = "";

  constructor(viewport: HTMLElement) {
    this.#viewport = viewport;
  }

  get canvas(): HTMLCanvasElement | undefined {
    return this.#canvas;
  }

  /** The size of the unzoomed picture, CSS pixels; undefined before layout. */
  get fitted(): Size | undefined {
    return this.#fitted;
  }

  /** Where the canvas is in the viewport, CSS pixels, even during an animation; undefined before layout. */
  get box(): Box | undefined {
    const fitted = this.#fitted;
    if (this.#canvas === undefined || fitted === undefined || !this.#isGliding) return this.#box;
    const { a, d, e: left, f: top } = new DOMMatrixReadOnly(getComputedStyle(this.#canvas).transform);
    return { left, top, width: a * fitted.width, height: d * fitted.height };
  }

  get #isGliding(): boolean {
    return this.#canvas?.classList.contains("rfb-animating") === true && this.#canvas.getAnimations().length > 0;
  }

  /** Put `canvas` over the current canvas, which the caller removes, and continue its animation. */
  mount(canvas: HTMLCanvasElement): void {
    const old = this.#canvas;
    const { width = "", height = "", transform = "" } = old?.style ?? {};
    const current = this.#isGliding && old !== undefined ? getComputedStyle(old).transform : transform;
    canvas.className = old?.className ?? "rfb-canvas";
    Object.assign(canvas.style, { width, height, transform: current });
    this.#canvas = canvas;
    this.#viewport.append(canvas);
    if (current === transform) return;
    // A transition starts from the style that was computed last.
    getComputedStyle(canvas).getPropertyValue("transform");
    canvas.style.transform = transform;
  }

  /** Apply `transform`, animated if `isSmooth`. */
  show(transform: ViewTransform, layout: ViewLayout, isSmooth: boolean): void {
    if (this.#canvas === undefined) return;
    const fitted = transformedBox(WHOLE, layout);
    const box = transformedBox(transform, layout);
    const width = `${fitted.width}px`;
    const height = `${fitted.height}px`;
    const scale = `scale(${box.width / fitted.width}, ${box.height / fitted.height})`;
    const cssTransform = `translate(${box.left}px, ${box.top}px) ${scale}`;
    const written = [width, height, cssTransform].join();
    if (written === this.#written) return;
    const { style, classList } = this.#canvas;
    // The first transform has nothing to animate from.
    classList.toggle("rfb-animating", isSmooth && this.#written !== "");
    classList.toggle("rfb-pixelated", isPixelated(transform, layout));
    this.#fitted = fitted;
    this.#box = box;
    this.#written = written;
    Object.assign(style, { width, height, transform: cssTransform });
  }
}
