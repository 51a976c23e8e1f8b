import { Chrome } from "../chrome/chrome.ts";
import { part } from "../chrome/styled_element.ts";
import type { Size } from "../flow/geometry.ts";
import type { Scene } from "../flow/view_transform.ts";
import { cursorOf } from "../input/cursor.ts";
import { Inputs } from "../input/input_controller.ts";
import { Navigation } from "../input/pan_zoom_controls.ts";
import type { SetViewport } from "../wire/messages.ts";
import type { FrameShape } from "../wire/worker_messages.ts";
import type { Deck } from "./view_context.ts";
import { Extent } from "./view_size.ts";
import { Grip } from "./resize_handle.ts";
import { Linked } from "./linked_views.ts";
import type { LinkHandle } from "./link_handle.ts";
import type { LinkStatus } from "./link_status.ts";
import type { Placement } from "./coordinate_mapper.ts";
import { Locator } from "./coordinate_mapper.ts";
import type { PictureHolder } from "./presenter.ts";
import { Plane } from "./plane.ts";
import { Poster } from "./poster.ts";
import { Projection } from "./canvas_transform.ts";
import { markShadowHost } from "./shadow_host.ts";
import { ViewportSensor } from "./viewport_sensor.ts";
import { Zoom } from "./zoom.ts";

const LIVE_TRAITS = [
  "height",
  "width",
  "aspect",
  "picture_size",
  "follows_view",
  "resizable",
  "interactive",
  "alt",
  "text_input",
  "zoom_by",
  "stream",
  "chrome",
  "show_status",
  "show_toolbar",
  "show_stats",
  "toolbar",
];

/** One picture in one output of a page: its elements, their layout, and what a person does in them. */
export class View implements PictureHolder, Deck {
  readonly #port: LinkHandle;
  readonly #root = part("div", "rfb-root");
  readonly #viewportElement = part("div", "rfb-viewport");
  readonly zoom: Zoom;
  readonly #extent: Extent;
  readonly #grip: Grip;
  readonly #chrome: Chrome;
  readonly #poster = new Poster();
  readonly #removal = new AbortController();
  readonly #sensor: ViewportSensor;
  readonly #projection = new Projection(this.#viewportElement);
  readonly locator = new Locator(new Plane(this.#viewportElement), () => this.#placement);
  #shape: FrameShape | undefined;
  #status: LinkStatus | undefined;
  #inputs: Inputs | undefined;
  #animationFrame = 0;

  constructor(host: HTMLElement, port: LinkHandle) {
    this.#port = port;
    this.#root.classList.add("rfb-empty");
    this.#root.append(this.#viewportElement);
    host.append(this.#root);
    const { signal } = this.#removal;
    markShadowHost(this.#root, signal);
    const { resized } = port.settings;
    this.#extent = new Extent(this.#root, port.traits);
    this.#extent.resized = resized.value;
    this.#grip = new Grip(this.#root, this.locator, (wanted) => (resized.value = wanted), signal);
    resized.follow((wanted) => (this.#extent.resized = wanted), signal);
    this.zoom = new Zoom(port.sight, port.settings, () => this.scene);
    this.#chrome = new Chrome(this, signal);
    this.#sensor = new ViewportSensor(this.#viewportElement, () => this.#onSensor(), signal);
    port.traits.onChange(LIVE_TRAITS, () => this.#applyTraits(), signal);
    port.settings.fit.follow(() => this.#onFit(), signal);
    port.sight.follow((_, isSmooth) => this.#layout(isSmooth), signal);
    port.settings.goal.follow(() => this.zoom.seek(), signal);
    new Linked(port.sight, port.traits, signal);
    new Navigation(this, signal);
    port.traits.onChange(["poster"], () => this.#applyPoster(), signal);
    this.#poster.element.addEventListener("error", () => this.#dropPoster(), { signal });
    this.#applyTraits();
    this.#applyPoster();
  }

  get link(): LinkHandle {
    return this.#port;
  }

  get root(): HTMLElement {
    return this.#root;
  }

  get viewport(): HTMLElement {
    return this.#viewportElement;
  }

  get canvas(): HTMLCanvasElement | undefined {
    return this.#shape === undefined ? undefined : this.#projection.canvas;
  }

  get scene(): Scene | undefined {
    const viewport = this.#sensor.size;
    if (this.#shape === undefined || viewport === undefined) return undefined;
    const ratio = window.devicePixelRatio;
    return { fit: this.#port.settings.fit.value, viewport, frame: this.#shape, ratio };
  }

  get #placement(): Placement | undefined {
    const { box, fitted } = this.#projection;
    const shape = this.#shape;
    return box && fitted && shape && { box, fitted, shape };
  }

  get onScreen(): boolean {
    return this.#sensor.onScreen;
  }

  /** Undefined while the view has no size. */
  get shownSize(): SetViewport | undefined {
    return this.#sensor.viewport;
  }

  get #shownPixels(): Size | undefined {
    const shown = this.#sensor.viewport;
    return shown && { width: shown.pwidth, height: shown.pheight };
  }

  mount(canvas: HTMLCanvasElement): void {
    const hadFocus = this.#inputs?.hasFocus ?? false;
    this.#projection.mount(canvas);
    this.#describe();
    this.#layout();
    if (hadFocus) this.focusPicture();
  }

  reshape(shape: FrameShape): void {
    const isFirst = this.#shape === undefined;
    if (isFirst && this.#poster.isShown) this.#dropPosterSoon();
    this.#shape = shape;
    this.#extent.follow(shape, this.#shownPixels);
    this.#root.classList.remove("rfb-empty");
    this.#layout();
    this.#markStale();
    if (isFirst && this.#status !== undefined) this.#chrome.show(this.#status);
  }

  show(status: LinkStatus): void {
    this.#status = status;
    this.#root.dataset.state = status.state;
    this.#viewportElement.style.setProperty("--_cursor", cursorOf(status.cursor));
    this.#root.dataset.transport = status.rung ?? "";
    this.#chrome.show(status);
    this.#markStale();
  }

  focusPicture(): void {
    (this.#inputs?.field ?? this.#projection.canvas)?.focus({ preventScroll: true });
  }

  /** Put text on the clipboard of the person who looks on, if Python may. */
  offer(text: string): void {
    this.#inputs?.offer(text);
  }

  remove(): void {
    if (this.#removal.signal.aborted) return;
    this.#removal.abort();
    this.#port.sight.note(this, undefined);
    cancelAnimationFrame(this.#animationFrame);
    this.#poster.hide();
    this.#inputs?.stop();
    this.#inputs = undefined;
    this.#root.remove();
  }

  #onFit(): void {
    this.#poster.fit = this.#port.settings.fit.value;
    this.#layout();
  }

  #onSensor(): void {
    this.#grip.height = this.#root.offsetHeight;
    this.#layout();
    this.#port.update();
  }

  #applyTraits(): void {
    const { traits } = this.#port;
    this.#extent.apply();
    this.#toggleGrip();
    this.#poster.fit = this.#port.settings.fit.value;
    this.#toggleChrome();
    // Not in an exported page: there a finger scrolls over the picture, and the context menu can save it.
    this.#setInteractive(traits.interactive && !this.#port.isStatic);
    this.#describe();
    this.#layout();
  }

  /** It resizes in a page that was exported too. */
  #toggleGrip(): void {
    const { resizable } = this.#port.traits;
    if (resizable) this.#root.append(this.#grip.element);
    else this.#grip.element.remove();
  }

  #applyPoster(): void {
    // Whatever was live is nearer to what a person does than a still of it.
    if (this.#shape !== undefined) return;
    const { poster } = this.#port.traits;
    if (poster === undefined) return this.#dropPoster();
    this.#poster.show(poster, this.#viewportElement);
    this.#onPoster();
  }

  /** The canvas covers the poster at once, but what a worker painted on it may come on screen a frame or two later. */
  #dropPosterSoon(): void {
    this.#animationFrame = requestAnimationFrame(() => {
      this.#animationFrame = requestAnimationFrame(() => this.#dropPoster());
    });
  }

  #dropPoster(): void {
    this.#poster.hide();
    this.#onPoster();
  }

  #onPoster(): void {
    this.#root.classList.toggle("rfb-still", this.#poster.isShown);
    this.#toggleChrome();
    this.#describe();
    this.#markStale();
  }

  #toggleChrome(): void {
    const { isStatic } = this.#port;
    // A still is all that an exported page is to show.
    const isQuiet = isStatic && this.#poster.isShown;
    this.#chrome.apply(isQuiet);
  }

  #setInteractive(interactive: boolean): void {
    this.#root.classList.toggle("rfb-interactive", interactive);
    if (!interactive) {
      this.#inputs?.stop();
      this.#inputs = undefined;
      return;
    }
    this.#inputs ??= new Inputs({
      element: this.#viewportElement,
      locator: this.locator,
      traits: this.#port.traits,
      focus: () => this.focusPicture(),
      send: (events) => this.#port.sendEvents(events),
    });
    this.#inputs.apply();
  }

  #describe(): void {
    const { canvas } = this.#projection;
    const { alt, interactive, textInput, zoomBy } = this.#port.traits;
    this.#poster.describe(alt, canvas === undefined);
    if (canvas === undefined) return;
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", alt);
    if (interactive) canvas.tabIndex = textInput ? -1 : 0;
    else if (zoomBy === "gesture") canvas.tabIndex = 0;
    else canvas.removeAttribute("tabindex");
  }

  /** Never per frame. */
  #layout(isSmooth = false): void {
    // First, so that a picture that comes where Python wants to look comes there at once.
    this.zoom.seek();
    const { scene } = this;
    const { sight } = this.#port;
    if (scene !== undefined) this.#projection.show(sight.lens, scene, isSmooth);
    sight.note(this, scene);
  }

  #markStale(): void {
    const shown = this.#shape !== undefined || this.#poster.isShown;
    const stale = shown && this.#port.canConnect && this.#status?.state !== "negotiated";
    this.#root.classList.toggle("rfb-stale", stale);
  }
}
