import { Chrome } from "../chrome/chrome.ts";
import { styledElement } from "../chrome/styled_element.ts";
import type { Size } from "../flow/geometry.ts";
import type { ViewLayout } from "../flow/view_transform.ts";
import { cursorOf } from "../input/cursor.ts";
import { InputController } from "../input/input_controller.ts";
import { PanZoomControls } from "../input/pan_zoom_controls.ts";
import type { SetViewport } from "../wire/messages.ts";
import type { FrameShape, SentFile } from "../wire/worker_messages.ts";
import { CanvasTransform } from "./canvas_transform.ts";
import type { Placement } from "./coordinate_mapper.ts";
import { CoordinateMapper } from "./coordinate_mapper.ts";
import type { LinkHandle } from "./link_handle.ts";
import type { LinkStatus } from "./link_status.ts";
import { LinkedViews } from "./linked_views.ts";
import { Plane } from "./plane.ts";
import { Poster } from "./poster.ts";
import type { CanvasHolder } from "./presenter.ts";
import { ResizeHandle } from "./resize_handle.ts";
import { RubberBand } from "./rubber_band.ts";
import { markShadowHost } from "./shadow_host.ts";
import type { ViewContext } from "./view_context.ts";
import { ViewSize } from "./view_size.ts";
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

/** One picture in one output: its elements, their layout and the user's input. */
export class View implements CanvasHolder, ViewContext {
  readonly #link: LinkHandle;
  readonly #root = styledElement("div", "rfb-root");
  readonly #viewportElement = styledElement("div", "rfb-viewport");
  readonly zoom: Zoom;
  readonly #viewSize: ViewSize;
  readonly #resizeHandle: ResizeHandle;
  readonly #chrome: Chrome;
  readonly #rubberBand: RubberBand;
  readonly #poster = new Poster();
  readonly #removal = new AbortController();
  readonly #sensor: ViewportSensor;
  readonly #canvasTransform = new CanvasTransform(this.#viewportElement);
  readonly coordinateMapper = new CoordinateMapper(new Plane(this.#viewportElement), () => this.#placement);
  #shape: FrameShape | undefined;
  #status: LinkStatus | undefined;
  #inputController: InputController | undefined;
  #animationFrame = 0;

  constructor(host: HTMLElement, link: LinkHandle) {
    this.#link = link;
    this.#root.classList.add("rfb-empty");
    this.#root.append(this.#viewportElement);
    host.append(this.#root);
    const { signal } = this.#removal;
    markShadowHost(this.#root, signal);
    const { manualSize } = link.settings;
    this.#viewSize = new ViewSize(this.#root, link.traits);
    this.#viewSize.manualSize = manualSize.value;
    this.#resizeHandle = new ResizeHandle(
      this.#root,
      this.coordinateMapper,
      (wanted) => (manualSize.value = wanted),
      signal,
    );
    manualSize.follow((wanted) => (this.#viewSize.manualSize = wanted), signal);
    this.zoom = new Zoom(link.sharedTransform, link.settings, () => this.layout);
    this.#chrome = new Chrome(this, signal);
    this.#rubberBand = new RubberBand(this, signal);
    this.#sensor = new ViewportSensor(this.#viewportElement, () => this.#onSensor(), signal);
    link.traits.onChange(LIVE_TRAITS, () => this.#applyTraits(), signal);
    link.settings.fit.follow(() => this.#onFit(), signal);
    link.sharedTransform.follow((_, isSmooth) => this.#layout(isSmooth), signal);
    link.settings.goal.follow(() => this.zoom.applyGoal(), signal);
    new LinkedViews(link.sharedTransform, link.traits, signal);
    new PanZoomControls(this, signal);
    link.traits.onChange(["poster"], () => this.#applyPoster(), signal);
    this.#poster.element.addEventListener("error", () => this.#dropPoster(), { signal });
    this.#applyTraits();
    this.#applyPoster();
  }

  get link(): LinkHandle {
    return this.#link;
  }

  get root(): HTMLElement {
    return this.#root;
  }

  get viewport(): HTMLElement {
    return this.#viewportElement;
  }

  get canvas(): HTMLCanvasElement | undefined {
    return this.#shape === undefined ? undefined : this.#canvasTransform.canvas;
  }

  get layout(): ViewLayout | undefined {
    const viewport = this.#sensor.size;
    if (this.#shape === undefined || viewport === undefined) return undefined;
    const ratio = window.devicePixelRatio;
    return { fit: this.#link.settings.fit.value, viewport, frame: this.#shape, ratio };
  }

  get #placement(): Placement | undefined {
    const { box, fitted } = this.#canvasTransform;
    const shape = this.#shape;
    return box && fitted && shape && { box, fitted, shape };
  }

  get onScreen(): boolean {
    return this.#sensor.onScreen;
  }

  /** Undefined before layout. */
  get shownSize(): SetViewport | undefined {
    return this.#sensor.viewport;
  }

  get #shownPixels(): Size | undefined {
    const shown = this.#sensor.viewport;
    return shown && { width: shown.pwidth, height: shown.pheight };
  }

  mount(canvas: HTMLCanvasElement): void {
    const { canvas: old } = this.#canvasTransform;
    const hadFocus = this.#inputController?.hasFocus ?? false;
    this.#canvasTransform.mount(canvas);
    this.#describe();
    this.#layout();
    // Before the old canvas goes and the focus with it, which would release held keys and buttons.
    if (hadFocus) this.focusPicture();
    if (old !== canvas) old?.remove();
  }

  reshape(shape: FrameShape): void {
    const isFirst = this.#shape === undefined;
    if (isFirst && this.#poster.isShown) this.#dropPosterSoon();
    this.#shape = shape;
    this.#viewSize.followFrame(shape, this.#shownPixels);
    this.#root.classList.remove("rfb-empty");
    this.#layout();
    this.#markStale();
    if (isFirst && this.#status !== undefined) this.#chrome.show(this.#status);
  }

  show(status: LinkStatus): void {
    this.#status = status;
    this.#root.dataset.state = status.state;
    this.#viewportElement.style.setProperty("--_cursor", cursorOf(status.cursor));
    this.#root.dataset.transport = status.transport ?? "";
    this.#chrome.show(status);
    this.#markStale();
  }

  focusPicture(): void {
    (this.#inputController?.field ?? this.#canvasTransform.canvas)?.focus({ preventScroll: true });
  }

  /** Put text on the user's clipboard, if the trait `clipboard` allows it. */
  offer(text: string): void {
    this.#inputController?.offer(text);
  }

  /** Let the user save a file. */
  save(file: SentFile): void {
    this.#chrome.save(file);
  }

  remove(): void {
    if (this.#removal.signal.aborted) return;
    this.#removal.abort();
    this.#link.sharedTransform.setLayout(this, undefined);
    cancelAnimationFrame(this.#animationFrame);
    this.#poster.hide();
    this.#inputController?.stop();
    this.#inputController = undefined;
    this.#root.remove();
  }

  #onFit(): void {
    this.#poster.fit = this.#link.settings.fit.value;
    this.#layout();
  }

  #onSensor(): void {
    this.#resizeHandle.height = this.#root.offsetHeight;
    this.#layout();
    this.#link.update();
  }

  #applyTraits(): void {
    const { traits } = this.#link;
    this.#viewSize.apply();
    this.#toggleResizeHandle();
    this.#poster.fit = this.#link.settings.fit.value;
    this.#toggleChrome();
    // Not in an exported page, where touch scrolls the page and the context menu can save the picture.
    this.#setInteractive(traits.interactive && !this.#link.isStatic);
    this.#describe();
    this.#layout();
  }

  /** Exported pages have the handle too. */
  #toggleResizeHandle(): void {
    const { resizable } = this.#link.traits;
    if (resizable) this.#root.append(this.#resizeHandle.element);
    else this.#resizeHandle.element.remove();
  }

  #applyPoster(): void {
    // A live frame, even an old one, is more recent than the poster.
    if (this.#shape !== undefined) return;
    const { poster } = this.#link.traits;
    if (poster === undefined) return this.#dropPoster();
    this.#poster.show(poster, this.#viewportElement);
    this.#onPoster();
  }

  /** Wait two frames: what a worker painted on the canvas may reach the screen later than the page's layout. */
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
    const { isStatic } = this.#link;
    // An exported page shows only the poster.
    const isQuiet = isStatic && this.#poster.isShown;
    this.#chrome.apply(isQuiet);
  }

  #setInteractive(interactive: boolean): void {
    this.#root.classList.toggle("rfb-interactive", interactive);
    if (!interactive) {
      this.#inputController?.stop();
      this.#inputController = undefined;
      return;
    }
    this.#inputController ??= new InputController({
      element: this.#viewportElement,
      coordinateMapper: this.coordinateMapper,
      traits: this.#link.traits,
      focus: () => this.focusPicture(),
      send: (events) => this.#link.sendEvents(events),
    });
    this.#inputController.apply();
  }

  #describe(): void {
    const { canvas } = this.#canvasTransform;
    const { alt, interactive, textInput, zoomBy } = this.#link.traits;
    this.#poster.describe(alt, canvas === undefined);
    if (canvas === undefined) return;
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", alt);
    if (interactive) canvas.tabIndex = textInput ? -1 : 0;
    else if (zoomBy === "gesture") canvas.tabIndex = 0;
    else canvas.removeAttribute("tabindex");
  }

  /** Called for changes of layout or transform, not for each frame. */
  #layout(isSmooth = false): void {
    // First, so that the first frame already shows the region that Python requested.
    this.zoom.applyGoal();
    const { layout } = this;
    const { sharedTransform } = this.#link;
    if (layout !== undefined) this.#canvasTransform.show(sharedTransform.transform, layout, isSmooth);
    sharedTransform.setLayout(this, layout);
    this.#rubberBand.place();
  }

  #markStale(): void {
    const shown = this.#shape !== undefined || this.#poster.isShown;
    const stale = shown && this.#link.canConnect && this.#status?.state !== "negotiated";
    this.#root.classList.toggle("rfb-stale", stale);
  }
}
