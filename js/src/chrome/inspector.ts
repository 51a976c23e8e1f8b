import { Probe } from "../capture/pixel_sampler.ts";
import type { Point, Size } from "../flow/geometry.ts";
import { cssPerPixel, placeLens, regionOf } from "../flow/view_transform.ts";
import { Observable } from "../flow/observable.ts";
import type { Patch } from "../flow/pixel_block.ts";
import { toHex } from "../flow/pixel_block.ts";
import type { Deck } from "../view/view_context.ts";
import type { Reading } from "./magnifier.ts";
import { Magnifier, REACH } from "./magnifier.ts";
import { part } from "./styled_element.ts";

/** Who points: a pointer somewhere in the window, or the keyboard at a frame pixel. */
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

/** CSS pixels between a pixel and the magnifier; a finger covers more. */
const GAP_PX = 14;
const FINGER_GAP_PX = 40;

const TOLD_EVERY_MS = 500;

/**
 * Shows the colours of single pixels, as they were published: under the pointer, or moved by the arrow keys.
 *
 * Where nobody answers, or the picture is held, it shows what the page shows and says so.
 */
export class Inspector {
  /** Whether it is in use; to be set. */
  readonly on = new Observable(false);
  readonly #deck: Deck;
  readonly #probe: Probe;
  readonly #magnifier = new Magnifier();
  readonly #words = part("div", "rfb-inspector-words");
  #using = new AbortController();
  /** While something is shown. */
  #showing: AbortController | undefined;
  #aim: Aim | undefined;
  #frame = 0;
  #telling: ReturnType<typeof setTimeout> | undefined;
  #toTell = "";

  /** Ends with `signal`. */
  constructor(deck: Deck, signal: AbortSignal) {
    this.#deck = deck;
    this.#probe = new Probe(deck, () => this.#showSoon());
    this.#words.setAttribute("role", "status");
    this.#words.setAttribute("aria-live", "polite");
    this.on.follow((on) => (on ? this.#begin() : this.#end()), signal);
    signal.addEventListener("abort", () => this.#end(), { once: true });
  }

  #begin(): void {
    this.#using = new AbortController();
    const { signal } = this.#using;
    const { root, viewport, link } = this.#deck;
    root.classList.add("rfb-inspecting");
    root.append(this.#words);
    const passive = { signal, passive: true };
    for (const type of ["pointermove", "pointerdown"] as const) {
      viewport.addEventListener(type, (event) => this.#onPointer(event), passive);
    }
    viewport.addEventListener("pointerleave", () => this.#take(undefined), passive);
    // Above the picture and before it: these keys are not for Python now.
    root.addEventListener("keydown", (event) => this.#onKey(event), { signal, capture: true });
    viewport.addEventListener("focusout", () => this.#aim?.by === "keys" && this.#take(undefined), passive);
    link.settings.paused.follow(() => this.#onChange(), signal);
    link.state.follow(() => this.#onChange(), signal);
    link.sight.follow(() => this.#onChange(), signal);
    // A picture that glides is elsewhere when it arrives.
    viewport.addEventListener("transitionend", () => this.#onChange(), passive);
  }

  #end(): void {
    this.#using.abort();
    this.#take(undefined);
    clearTimeout(this.#telling);
    this.#telling = undefined;
    this.#words.textContent = "";
    this.#words.remove();
    this.#deck.root.classList.remove("rfb-inspecting");
  }

  #onPointer({ clientX, clientY, pointerType }: PointerEvent): void {
    this.#take({ by: "pointer", clientX, clientY, isFinger: pointerType === "touch" });
  }

  #onKey(event: KeyboardEvent): void {
    const step = STEPS[event.key];
    const isOnPicture = event.target instanceof Node && this.#deck.viewport.contains(event.target);
    const isChord = event.ctrlKey || event.metaKey || event.altKey || event.isComposing;
    if (step === undefined || !isOnPicture || isChord) return;
    event.preventDefault();
    event.stopPropagation();
    const pixels = event.shiftKey ? LARGE_STEP : 1;
    const from = this.#place ?? this.#middle;
    if (from === undefined) return;
    // The first key only shows where one is.
    const place = this.#aim === undefined ? from : { x: from.x + step.x * pixels, y: from.y + step.y * pixels };
    const kept = this.#keepInside(place);
    this.#reveal(kept);
    this.#take({ by: "keys", place: kept });
    this.#telling ??= setTimeout(() => this.#tell(), TOLD_EVERY_MS);
  }

  #take(aim: Aim | undefined): void {
    this.#aim = aim;
    this.#onChange();
  }

  /** Something is to be shown that was not, or the other way round. */
  #onChange(): void {
    if (this.#place === undefined) return this.#hide();
    if (this.#showing === undefined) {
      this.#showing = new AbortController();
      // Not longer than it is shown: whoever follows frames has them sent.
      this.#deck.link.followFrames(() => this.#onChange(), this.#showing.signal);
      this.#deck.root.append(this.#magnifier.element);
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
    this.#probe.forget();
  }

  #ask(): void {
    const { settings } = this.#deck.link;
    // The server would answer for its newest frame, which is not the one that is seen.
    if (settings.paused.value) this.#probe.forget();
    else if (this.#place !== undefined) this.#probe.ask(this.#place);
  }

  /** The frame pixel that is pointed at; undefined when there is none. */
  get #place(): Point | undefined {
    const aim = this.#aim;
    if (aim === undefined || this.#deck.scene === undefined) return undefined;
    if (aim.by === "keys") return this.#keepInside(aim.place);
    const location = this.#deck.locator.locate(aim);
    return location?.inside ? { x: location.x, y: location.y } : undefined;
  }

  /** The frame pixel in the middle of what is seen. */
  get #middle(): Point | undefined {
    const { scene, zoom } = this.#deck;
    if (scene === undefined) return undefined;
    const { x, y, width, height } = regionOf(zoom.lens, scene);
    return this.#keepInside({ x: Math.floor(x + width / 2), y: Math.floor(y + height / 2) });
  }

  #keepInside({ x, y }: Point): Point {
    const { width, height } = this.#deck.scene?.frame ?? { width: 1, height: 1 };
    return { x: clamp(x, 0, width - 1), y: clamp(y, 0, height - 1) };
  }

  #showSoon(): void {
    if (this.#showing !== undefined) this.#frame ||= requestAnimationFrame(() => this.#show());
  }

  #show(): void {
    this.#frame = 0;
    const { scene, zoom } = this.#deck;
    const place = this.#place;
    const reading = place && this.#read(place);
    if (place === undefined || scene === undefined || reading === undefined) return this.#hide();
    const isFinger = this.#aim?.by === "pointer" && this.#aim.isFinger;
    const gap = (isFinger ? FINGER_GAP_PX : GAP_PX) + cssPerPixel(zoom.lens, scene) / 2;
    this.#magnifier.show(reading, this.#cssOf(place), roomOf(this.#deck.root), gap);
    if (this.#aim?.by === "keys") this.#toTell = wordsOf(reading);
  }

  /** All as published where the middle is, else all as shown: a mixture would have seams. */
  #read(place: Point): Reading | undefined {
    const published = this.#probe.published;
    const isPublished = published?.at(place.x, place.y) !== undefined;
    const patch: Patch | undefined = isPublished ? published : this.#probe.shown(place, REACH);
    const color = patch?.at(place.x, place.y);
    if (patch === undefined || color === undefined) return undefined;
    return { place, color, isPublished, at: (x, y) => patch.at(x, y) };
  }

  /** The middle of a frame pixel, CSS pixels of the view. */
  #cssOf({ x, y }: Point): Point {
    const { scene, zoom } = this.#deck;
    if (scene === undefined) return { x: 0, y: 0 };
    const box = placeLens(zoom.lens, scene);
    return {
      x: box.left + ((x + 0.5) * box.width) / scene.frame.width,
      y: box.top + ((y + 0.5) * box.height) / scene.frame.height,
    };
  }

  /** Move the picture so that the keyboard's pixel is seen. */
  #reveal(place: Point): void {
    const room = roomOf(this.#deck.viewport);
    const css = this.#cssOf(place);
    const by = { x: clamp(css.x, 0, room.width) - css.x, y: clamp(css.y, 0, room.height) - css.y };
    if (by.x !== 0 || by.y !== 0) this.#deck.zoom.pan(by, false);
  }

  /** Not for each step of a key that is held, nor for each colour of a picture that moves. */
  #tell(): void {
    this.#telling = undefined;
    if (this.#words.textContent !== this.#toTell) this.#words.textContent = this.#toTell;
  }
}

function wordsOf({ place, color, isPublished }: Reading): string {
  const [red, green, blue, alpha] = color;
  const opacity = alpha === 255 ? "" : `, alpha ${alpha}`;
  const source = isPublished ? "" : ", as shown";
  return `x ${place.x}, y ${place.y}: red ${red}, green ${green}, blue ${blue}${opacity}, ${toHex(color)}${source}`;
}

function roomOf({ clientWidth, clientHeight }: HTMLElement): Size {
  return { width: clientWidth, height: clientHeight };
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), most);
}
