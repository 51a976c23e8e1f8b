import type { ViewContext } from "../view/view_context.ts";
import { PanZoomGesture } from "./pan_zoom_gesture.ts";
import { CSS_PX_PER_E } from "./pinch_wheel.ts";

/** The zoom factor for a wheel notch of 100 CSS pixels. */
const NOTCH = 1.25;
const CSS_PX_PER_NOTCH = 100;
/** A mouse wheel scrolls at least this far per notch, in CSS pixels; a trackpad scrolls in smaller steps. */
const MIN_NOTCH_PX = 50;
const KEY_ZOOM = 1.5;
/** How far an arrow key pans, as a fraction of the view. */
const KEY_PAN = 1 / 8;
const DOUBLE_CLICK_ZOOM = 2;
/** From this zoom on, a double click resets it. */
const RESET_ZOOM = 4;

const ARROWS: ReadonlyMap<string, readonly [x: number, y: number]> = new Map([
  ["ArrowLeft", [1, 0]],
  ["ArrowRight", [-1, 0]],
  ["ArrowUp", [0, 1]],
  ["ArrowDown", [0, -1]],
]);

/** The pressed modifier keys. */
interface Chord {
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
}

/**
 * Zooms and pans by wheel, pinch, double click, drag and keys.
 *
 * It listens in the capture phase, so the events that it claims do not reach the handlers that send them to Python.
 */
export class PanZoomControls {
  readonly #viewContext: ViewContext;
  /** Codes of keys whose down was claimed: their up must be claimed too. */
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

  /** Leave to the browser the touch gestures that neither Python nor the zoom handles. */
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
    // The zoom was already at its maximum.
    if (zoom.transform.zoom === transform.zoom) zoom.reset();
  }

  #onKeyDown(event: KeyboardEvent): void {
    const { code, repeat, isComposing } = event;
    if (this.#viewContext.layout === undefined || isComposing) return;
    // A key whose down went to Python belongs to Python until its up, and vice versa.
    if (!repeat) this.#claimedKeys.delete(code);
    else if (!this.#claimedKeys.has(code)) return;
    if (this.#handleKey(event)) this.#claimedKeys.add(code);
    if (this.#claimedKeys.has(code)) claim(event);
  }

  #onKeyUp(event: KeyboardEvent): void {
    if (this.#claimedKeys.delete(event.code)) claim(event);
  }

  /** Handle a key; return false if it does not zoom or pan. */
  #handleKey(event: KeyboardEvent): boolean {
    const { zoomBy, textInput } = this.#viewContext.link.traits;
    const isPlain = !(event.ctrlKey || event.metaKey || event.altKey);
    // With text input, digits are text.
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

  /** Pan only while zoomed; otherwise arrow keys go to Python or scroll the page. */
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
  // Only mouse wheels report lines or pages, about three per notch.
  if (deltaMode !== WheelEvent.DOM_DELTA_PIXEL) return { factor: NOTCH ** -Math.sign(deltaY), isNotch: true };
  const isNotch = Math.abs(deltaY) >= MIN_NOTCH_PX;
  if (ctrlKey && !isNotch) return { factor: Math.exp(-deltaY / CSS_PX_PER_E), isNotch };
  return { factor: NOTCH ** (-deltaY / CSS_PX_PER_NOTCH), isNotch };
}

function claim(event: Event): void {
  event.preventDefault();
  event.stopPropagation();
}
