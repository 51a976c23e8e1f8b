import type { ManualSize } from "../host/settings.ts";
import type { CoordinateMapper } from "./coordinate_mapper.ts";
import { MIN_PX } from "./view_size.ts";

const STEP_PX = 16;

/** The handle in the corner that resizes a view, by pointer or by arrow keys. */
export class ResizeHandle {
  readonly element = document.createElement("div");
  readonly #root: HTMLElement;
  readonly #coordinateMapper: CoordinateMapper;
  readonly #resize: (manualSize: ManualSize | undefined) => void;
  #start: { readonly x: number; readonly y: number; readonly width: number; readonly height: number } | undefined;

  /** `resize` is called with the new size; with undefined to restore the size that Python set. */
  constructor(
    root: HTMLElement,
    coordinateMapper: CoordinateMapper,
    resize: (manualSize: ManualSize | undefined) => void,
    signal: AbortSignal,
  ) {
    this.#root = root;
    this.#coordinateMapper = coordinateMapper;
    this.#resize = resize;
    const { element } = this;
    element.className = "rfb-grip";
    element.setAttribute("part", "rfb-grip");
    // A plain `div` cannot have an accessible name, and a button would promise an action on press.
    element.setAttribute("role", "separator");
    element.setAttribute("aria-label", "Resize the view: arrow keys, Enter to reset");
    element.setAttribute("aria-orientation", "horizontal");
    element.setAttribute("aria-valuemin", String(MIN_PX));
    this.height = 0;
    element.tabIndex = 0;
    element.addEventListener("pointerdown", (event) => this.#onDown(event), { signal });
    element.addEventListener("pointermove", (event) => this.#onMove(event), { signal });
    element.addEventListener("lostpointercapture", () => (this.#start = undefined), { signal });
    element.addEventListener("dblclick", () => resize(undefined), { signal });
    element.addEventListener("keydown", (event) => this.#onKey(event), { signal });
  }

  /** The current height of the view, CSS pixels. */
  set height(height: number) {
    this.element.setAttribute("aria-valuenow", String(Math.round(height)));
  }

  #onDown(event: PointerEvent): void {
    if (event.button !== 0) return;
    const { offsetWidth: width, offsetHeight: height } = this.#root;
    this.#start = { ...this.#coordinateMapper.cssOf(event), width, height };
    this.element.setPointerCapture(event.pointerId);
    event.preventDefault();
  }

  #onMove(event: PointerEvent): void {
    if (this.#start === undefined) return;
    const { x, y, width, height } = this.#start;
    const to = this.#coordinateMapper.cssOf(event);
    this.#requestSize(width + to.x - x, height + to.y - y);
  }

  #onKey(event: KeyboardEvent): void {
    const { offsetWidth: width, offsetHeight: height } = this.#root;
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (event.key === "Enter") this.#resize(undefined);
    else if (step !== undefined) this.#requestSize(width + (step[0] ?? 0) * STEP_PX, height + (step[1] ?? 0) * STEP_PX);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** A view at the full width of its container stays at full width when the container changes. */
  #requestSize(width: number, height: number): void {
    const place = this.#root.parentElement?.clientWidth ?? Infinity;
    this.#resize({ width: width >= place - 1 ? undefined : width, height });
  }
}
