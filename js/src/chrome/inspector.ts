import { PixelSampler } from "../capture/pixel_sampler.ts";
import type { Point, Size } from "../flow/geometry.ts";
import { Observable } from "../flow/observable.ts";
import type { PixelBlock } from "../flow/pixel_block.ts";
import { toHex } from "../flow/pixel_block.ts";
import { cssPerPixel, transformedBox, visibleRegion } from "../flow/view_transform.ts";
import type { ViewContext } from "../view/view_context.ts";
import type { PixelReading } from "./magnifier.ts";
import { Magnifier, REACH } from "./magnifier.ts";
import { styledElement } from "./styled_element.ts";

/** What selects the pixel: a pointer in the window, or the keyboard. */
type Aim =
  | { readonly by: "pointer"; readonly clientX: number; readonly clientY: number; readonly isFinger: boolean }
  | { readonly by: "keys"; readonly place: Point };

const STEPS: Readonly<Record<string, Point>> = {
  ArrowLeft: { x: -1, y: 0 },
  ArrowRight: { x: 1, y: 0 },
  ArrowUp: { x: 0, y: -1 },
  ArrowDown: { x: 0, y: 1 },
};
const LARGE_STEP = 10;

/** The distance between the pixel and the magnifier, CSS pixels; a finger covers more. */
const GAP_PX = 14;
const FINGER_GAP_PX = 40;

const ANNOUNCE_INTERVAL_MS = 500;

/**
 * Shows the published colour of a pixel, selected by the pointer or the arrow keys.
 *
 * If the server does not answer, or the stream is paused, it shows the colour on the canvas, marked as such.
 */
export class Inspector {
  /** Set it to switch the inspector on or off. */
  readonly on = new Observable(false);
  readonly #viewContext: ViewContext;
  readonly #pixelSampler: PixelSampler;
  readonly #magnifier = new Magnifier();
  readonly #words = styledElement("div", "rfb-inspector-words");
  #using = new AbortController();
  /** Exists while the magnifier is shown. */
  #showing: AbortController | undefined;
  #aim: Aim | undefined;
  #frame = 0;
  #announceTimer: ReturnType<typeof setTimeout> | undefined;
  #announcement = "";

  /** Stops when `signal` aborts. */
  constructor(viewContext: ViewContext, signal: AbortSignal) {
    this.#viewContext = viewContext;
    this.#pixelSampler = new PixelSampler(viewContext, () => this.#showSoon());
    this.#words.setAttribute("role", "status");
    this.#words.setAttribute("aria-live", "polite");
    this.on.follow((on) => (on ? this.#begin() : this.#end()), signal);
    signal.addEventListener("abort", () => this.#end(), { once: true });
  }

  #begin(): void {
    this.#using = new AbortController();
    const { signal } = this.#using;
    const { root, viewport, link } = this.#viewContext;
    root.classList.add("rfb-inspecting");
    root.append(this.#words);
    const passive = { signal, passive: true };
    for (const type of ["pointermove", "pointerdown"] as const) {
      viewport.addEventListener(type, (event) => this.#onPointer(event), passive);
    }
    viewport.addEventListener("pointerleave", () => this.#setAim(undefined), passive);
    // In the capture phase, so that the arrow keys do not reach Python.
    root.addEventListener("keydown", (event) => this.#onKey(event), { signal, capture: true });
    viewport.addEventListener("focusout", () => this.#aim?.by === "keys" && this.#setAim(undefined), passive);
    link.settings.paused.follow(() => this.#onChange(), signal);
    link.state.follow(() => this.#onChange(), signal);
    link.sharedTransform.follow(() => this.#onChange(), signal);
    // During an animated transform the pixel under the pointer changes.
    viewport.addEventListener("transitionend", () => this.#onChange(), passive);
  }

  #end(): void {
    this.#using.abort();
    this.#setAim(undefined);
    clearTimeout(this.#announceTimer);
    this.#announceTimer = undefined;
    this.#words.textContent = "";
    this.#words.remove();
    this.#viewContext.root.classList.remove("rfb-inspecting");
  }

  #onPointer({ clientX, clientY, pointerType }: PointerEvent): void {
    this.#setAim({ by: "pointer", clientX, clientY, isFinger: pointerType === "touch" });
  }

  #onKey(event: KeyboardEvent): void {
    const step = STEPS[event.key];
    const isOnPicture = event.target instanceof Node && this.#viewContext.viewport.contains(event.target);
    const isChord = event.ctrlKey || event.metaKey || event.altKey || event.isComposing;
    if (step === undefined || !isOnPicture || isChord) return;
    event.preventDefault();
    event.stopPropagation();
    const pixels = event.shiftKey ? LARGE_STEP : 1;
    const from = this.#place ?? this.#middle;
    if (from === undefined) return;
    // The first key press only shows the position.
    const place = this.#aim === undefined ? from : { x: from.x + step.x * pixels, y: from.y + step.y * pixels };
    const kept = this.#keepInside(place);
    this.#reveal(kept);
    this.#setAim({ by: "keys", place: kept });
    this.#announceTimer ??= setTimeout(() => this.#announce(), ANNOUNCE_INTERVAL_MS);
  }

  #setAim(aim: Aim | undefined): void {
    this.#aim = aim;
    this.#onChange();
  }

  /** Show or hide the magnifier after a change. */
  #onChange(): void {
    if (this.#place === undefined) return this.#hide();
    if (this.#showing === undefined) {
      this.#showing = new AbortController();
      // Only while shown, because a follower makes the page receive frames.
      this.#viewContext.link.followFrames(() => this.#onChange(), this.#showing.signal);
      this.#viewContext.root.append(this.#magnifier.element);
    }
    this.#ask();
    this.#showSoon();
  }

  #hide(): void {
    this.#showing?.abort();
    this.#showing = undefined;
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    this.#magnifier.element.remove();
    this.#pixelSampler.reset();
  }

  #ask(): void {
    const { settings } = this.#viewContext.link;
    // The server would answer for its newest frame, not for the paused one.
    if (settings.paused.value) this.#pixelSampler.reset();
    else if (this.#place !== undefined) this.#pixelSampler.request(this.#place);
  }

  /** The selected frame pixel; undefined if there is none. */
  get #place(): Point | undefined {
    const aim = this.#aim;
    if (aim === undefined || this.#viewContext.layout === undefined) return undefined;
    if (aim.by === "keys") return this.#keepInside(aim.place);
    const location = this.#viewContext.coordinateMapper.locate(aim);
    return location?.inside ? { x: location.x, y: location.y } : undefined;
  }

  /** The frame pixel in the middle of the visible part. */
  get #middle(): Point | undefined {
    const { layout, zoom } = this.#viewContext;
    if (layout === undefined) return undefined;
    const { x, y, width, height } = visibleRegion(zoom.transform, layout);
    return this.#keepInside({ x: Math.floor(x + width / 2), y: Math.floor(y + height / 2) });
  }

  #keepInside({ x, y }: Point): Point {
    const { width, height } = this.#viewContext.layout?.frame ?? { width: 1, height: 1 };
    return { x: clamp(x, 0, width - 1), y: clamp(y, 0, height - 1) };
  }

  #showSoon(): void {
    if (this.#showing !== undefined) this.#frame ||= requestAnimationFrame(() => this.#show());
  }

  #show(): void {
    this.#frame = 0;
    const { layout, zoom } = this.#viewContext;
    const place = this.#place;
    const reading = place && this.#read(place);
    if (place === undefined || layout === undefined || reading === undefined) return this.#hide();
    const isFinger = this.#aim?.by === "pointer" && this.#aim.isFinger;
    const gap = (isFinger ? FINGER_GAP_PX : GAP_PX) + cssPerPixel(zoom.transform, layout) / 2;
    this.#magnifier.show(reading, this.#cssOf(place), roomOf(this.#viewContext.root), gap);
    if (this.#aim?.by === "keys") this.#announcement = wordsOf(reading);
  }

  /** All pixels as published if the selected one is available, else all from the canvas: a mixture would show seams. */
  #read(place: Point): PixelReading | undefined {
    const published = this.#pixelSampler.published;
    const isPublished = published?.at(place.x, place.y) !== undefined;
    const block: PixelBlock | undefined = isPublished ? published : this.#pixelSampler.sampleCanvas(place, REACH);
    const color = block?.at(place.x, place.y);
    if (block === undefined || color === undefined) return undefined;
    const value = block.valueAt(place.x, place.y);
    return { place, color, value, isPublished, at: (x, y) => block.at(x, y) };
  }

  /** Return the middle of a frame pixel, in CSS pixels of the view. */
  #cssOf({ x, y }: Point): Point {
    const { layout, zoom } = this.#viewContext;
    if (layout === undefined) return { x: 0, y: 0 };
    const box = transformedBox(zoom.transform, layout);
    return {
      x: box.left + ((x + 0.5) * box.width) / layout.frame.width,
      y: box.top + ((y + 0.5) * box.height) / layout.frame.height,
    };
  }

  /** Pan the picture so that the selected pixel is visible. */
  #reveal(place: Point): void {
    const room = roomOf(this.#viewContext.viewport);
    const css = this.#cssOf(place);
    const by = { x: clamp(css.x, 0, room.width) - css.x, y: clamp(css.y, 0, room.height) - css.y };
    if (by.x !== 0 || by.y !== 0) this.#viewContext.zoom.pan(by, false);
  }

  /** Throttled, so that screen readers do not announce every step of a repeating key or every changed colour. */
  #announce(): void {
    this.#announceTimer = undefined;
    if (this.#words.textContent !== this.#announcement) this.#words.textContent = this.#announcement;
  }
}

function wordsOf({ place, color, value, isPublished }: PixelReading): string {
  const [red, green, blue, alpha] = color;
  const opacity = alpha === 255 ? "" : `, alpha ${alpha}`;
  const source = isPublished ? "" : ", as shown";
  const number = value === undefined ? "" : `value ${value}, `;
  return `x ${place.x}, y ${place.y}: ${number}red ${red}, green ${green}, blue ${blue}${opacity}, ${toHex(color)}${source}`;
}

function roomOf({ clientWidth, clientHeight }: HTMLElement): Size {
  return { width: clientWidth, height: clientHeight };
}

function clamp(value: number, min: number, max: number): number {
  return Math.min(Math.max(value, min), max);
}
