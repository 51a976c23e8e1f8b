import type { Box, Size } from "../flow/geometry.ts";
import type { ViewLayout, ViewTransform } from "../flow/view_transform.ts";
import { WHOLE, isPixelated, transformedBox } from "../flow/view_transform.ts";

/**
 * The canvas of a view in its viewport.
 *
 * It is laid out at the size of the fitted picture and moved by a transform alone, so zooming and panning are the work of
 * the browser's compositor: nothing is laid out or painted anew, however fast the frames come.
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

  /** CSS pixels of the picture as it is when nobody has zoomed; undefined while it is not laid out. */
  get fitted(): Size | undefined {
    return this.#fitted;
  }

  /** Where the canvas lies in the viewport now, CSS pixels; undefined while it is not laid out. */
  get box(): Box | undefined {
    const fitted = this.#fitted;
    if (this.#canvas === undefined || fitted === undefined || !this.#isGliding) return this.#box;
    const { a, d, e: left, f: top } = new DOMMatrixReadOnly(getComputedStyle(this.#canvas).transform);
    return { left, top, width: a * fitted.width, height: d * fitted.height };
  }

  get #isGliding(): boolean {
    return this.#canvas?.classList.contains("rfb-animating") === true && this.#canvas.getAnimations().length > 0;
  }

  /** Put `canvas` in place of the one that is there. */
  mount(canvas: HTMLCanvasElement): void {
    canvas.className = "rfb-canvas";
    this.#canvas?.remove();
    this.#canvas = canvas;
    this.#fitted = undefined;
    this.#box = undefined;
    this.#written = "";
    this.#viewport.append(canvas);
  }

  /** Show the picture under `transform`; `isSmooth`: animate it. */
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
    // Where nothing was shown yet there is nowhere to glide from.
    classList.toggle("rfb-animating", isSmooth && this.#written !== "");
    classList.toggle("rfb-pixelated", isPixelated(transform, layout));
    this.#fitted = fitted;
    this.#box = box;
    this.#written = written;
    Object.assign(style, { width, height, transform: cssTransform });
  }
}
