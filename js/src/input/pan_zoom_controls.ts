import type { ViewContext } from "../view/view_context.ts";
import { PanZoomGesture } from "./pan_zoom_gesture.ts";
import { CSS_PX_PER_E } from "./pinch_wheel.ts";

/** What a wheel's notch of 100 CSS pixels zooms by. */
const NOTCH = 1.25;
const CSS_PX_PER_NOTCH = 100;
/** A mouse's wheel turns by notches of at least so many CSS pixels, a trackpad by few at a time. */
const MIN_NOTCH_PX = 50;
const KEY_ZOOM = 1.5;
/** What an arrow key moves the picture by, in parts of the view. */
const KEY_PAN = 1 / 8;
const DOUBLE_CLICK_ZOOM = 2;
/** From here a double click goes back to the whole picture. */
const RESET_ZOOM = 4;

const ARROWS: ReadonlyMap<string, readonly [x: number, y: number]> = new Map([
  ["ArrowLeft", [1, 0]],
  ["ArrowRight", [-1, 0]],
  ["ArrowUp", [0, 1]],
  ["ArrowDown", [0, -1]],
]);

/** The modifier keys that are held. */
interface Chord {
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
}

/**
 * Zooming and panning by wheel, pinch, double click, drag and keys.
 *
 * It gets every event before those that send it to Python, which do not get the ones that it claims.
 */
export class PanZoomControls {
  readonly #viewContext: ViewContext;
  /** Keys whose downs were taken: nobody else may hear of their ups. */
  readonly #claimedKeys = new Set<string>();

  constructor(viewContext: ViewContext, signal: AbortSignal) {
    this.#viewContext = viewContext;
    new PanZoomGesture(viewContext, (event) => this.#accepts(event), signal);
    const { viewport, link } = viewContext;
    const early = { capture: true, signal };
    viewport.addEventListener("wheel", (event) => this.#onWheel(event), { ...early, passive: false });
    viewport.addEventListener("dblclick", (event) => this.#onDoubleClick(event), early);
    viewport.addEventListener("keydown", (event) => this.#onKeyDown(event), early);
    viewport.addEventListener("keyup", (event) => this.#onKeyUp(event), early);
    link.traits.onChange(["zoom_by", "interactive"], () => this.#apply(), signal);
    link.sharedTransform.follow(() => this.#apply(), signal);
    this.#apply();
  }

  /** Let the browser have the fingers that neither Python nor we want. */
  #apply(): void {
    const { viewport, root, zoom } = this.#viewContext;
    const { interactive, zoomBy } = this.#viewContext.link.traits;
    const isOurs = zoomBy === "gesture";
    root.classList.toggle("rfb-grab", isOurs && zoom.isZoomed);
    const free = !isOurs ? "" : zoom.isZoomed ? "none" : "pan-x pan-y";
    viewport.style.touchAction = interactive ? "" : free;
  }

  #accepts({ ctrlKey, metaKey }: Chord): boolean {
    const { zoomBy } = this.#viewContext.link.traits;
    return zoomBy === "gesture" || (zoomBy === "modifier" && (ctrlKey || metaKey));
  }

  #onWheel(event: WheelEvent): void {
    const { viewport, layout, zoom, coordinateMapper } = this.#viewContext;
    if (layout === undefined || !this.#accepts(event)) return;
    const isMeant = event.ctrlKey || event.metaKey || viewport.matches(":focus-within");
    if (!isMeant) return;
    claim(event);
    const { factor, isNotch } = wheelZoom(event);
    zoom.by(factor, coordinateMapper.cssOf(event), isNotch);
  }

  #onDoubleClick(event: MouseEvent): void {
    const { layout, zoom, coordinateMapper } = this.#viewContext;
    if (layout === undefined || !this.#accepts(event)) return;
    claim(event);
    const { transform } = zoom;
    if (event.shiftKey || transform.zoom >= RESET_ZOOM) return zoom.reset();
    zoom.by(DOUBLE_CLICK_ZOOM, coordinateMapper.cssOf(event), true);
    // It is as large as it may be.
    if (zoom.transform.zoom === transform.zoom) zoom.reset();
  }

  #onKeyDown(event: KeyboardEvent): void {
    const { code, repeat, isComposing } = event;
    if (this.#viewContext.layout === undefined || isComposing) return;
    // A key that Python knows to be held is Python's until it is up, and the other way round.
    if (!repeat) this.#claimedKeys.delete(code);
    else if (!this.#claimedKeys.has(code)) return;
    if (this.#handleKey(event)) this.#claimedKeys.add(code);
    if (this.#claimedKeys.has(code)) claim(event);
  }

  #onKeyUp(event: KeyboardEvent): void {
    if (this.#claimedKeys.delete(event.code)) claim(event);
  }

  /** Do what a key is for; false when it is for nothing here. */
  #handleKey(event: KeyboardEvent): boolean {
    const { zoomBy, textInput } = this.#viewContext.link.traits;
    const isPlain = !(event.ctrlKey || event.metaKey || event.altKey);
    // Who types text wants to type digits too.
    if (zoomBy === "gesture" && isPlain) return (!textInput && this.#zoomByKey(event.key)) || this.#panByKey(event.key);
    return zoomBy === "modifier" && (event.ctrlKey || event.metaKey) && this.#panByKey(event.key);
  }

  #zoomByKey(key: string): boolean {
    const { zoom } = this.#viewContext;
    if (key === "0") zoom.reset();
    else if (key === "+" || key === "=") zoom.by(KEY_ZOOM, undefined, true);
    else if (key === "-" || key === "_") zoom.by(1 / KEY_ZOOM, undefined, true);
    else return false;
    return true;
  }

  /** Only while there is something to pan: otherwise arrows are for Python, or scroll the page. */
  #panByKey(key: string): boolean {
    const { zoom, layout } = this.#viewContext;
    const arrow = ARROWS.get(key);
    if (arrow === undefined || layout === undefined || !zoom.isZoomed) return false;
    const [x, y] = arrow;
    zoom.pan({ x: x * KEY_PAN * layout.viewport.width, y: y * KEY_PAN * layout.viewport.height }, true);
    return true;
  }
}

function wheelZoom({ deltaMode, deltaY, ctrlKey }: WheelEvent): { readonly factor: number; readonly isNotch: boolean } {
  // Lines and pages are counted by wheels only, three or so to a notch.
  if (deltaMode !== WheelEvent.DOM_DELTA_PIXEL) return { factor: NOTCH ** -Math.sign(deltaY), isNotch: true };
  const isNotch = Math.abs(deltaY) >= MIN_NOTCH_PX;
  if (ctrlKey && !isNotch) return { factor: Math.exp(-deltaY / CSS_PX_PER_E), isNotch };
  return { factor: NOTCH ** (-deltaY / CSS_PX_PER_NOTCH), isNotch };
}

function claim(event: Event): void {
  event.preventDefault();
  event.stopPropagation();
}
