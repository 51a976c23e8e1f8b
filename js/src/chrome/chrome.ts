import { download } from "../capture/download.ts";
import { safeFileName } from "../capture/file_name.ts";
import { Observable } from "../flow/observable.ts";
import type { LinkStatus } from "../view/link_status.ts";
import type { ViewContext } from "../view/view_context.ts";
import type { ToolName } from "../wire/constants.ts";
import type { LiveStats, SentFile } from "../wire/worker_messages.ts";
import { AutoHide } from "./auto_hide.ts";
import { Banner } from "./banner.ts";
import { Hud } from "./hud.ts";
import { Readout } from "./readout.ts";
import { StatsSubscription } from "./stats_subscription.ts";
import { StatusCorner } from "./status_corner.ts";
import { StatusPill } from "./status_pill.ts";
import { Toast } from "./toast.ts";
import type { Tool } from "./tool.ts";
import type { ToolContext } from "./tool_context.ts";
import { Toolbar } from "./toolbar.ts";
import { TOOL_MAKERS } from "./tools.ts";
import { Tooltip } from "./tooltip.ts";

/** The controls over the picture of one view. */
export class Chrome {
  readonly #viewContext: ViewContext;
  readonly #signal: AbortSignal;
  readonly #layer = document.createElement("div");
  readonly #statusCorner: StatusCorner;
  readonly #pill = new StatusPill(() => this.#explain());
  readonly #toolbar: Toolbar;
  readonly #hud = new Hud();
  readonly #hudShown = new Observable(false);
  readonly #banner: Banner;
  readonly #toast: Toast;
  readonly #tooltip: Tooltip;
  readonly #autoHide: AutoHide;
  readonly #statsSubscription: StatsSubscription;
  readonly #toolContext: ToolContext;
  readonly #tools = new Map<ToolName, Tool>();
  #status: LinkStatus | undefined;
  /** Undefined until the user clicks the pill. */
  #isExplained: boolean | undefined;
  #isQuiet = false;
  #pythonShowsStats: boolean | undefined;

  /** Stops when `signal` aborts. */
  constructor(viewContext: ViewContext, signal: AbortSignal) {
    this.#viewContext = viewContext;
    this.#signal = signal;
    const { link } = viewContext;
    this.#layer.className = "rfb-chrome";
    this.#statusCorner = new StatusCorner(signal);
    this.#toolbar = new Toolbar(() => viewContext.focusPicture());
    this.#banner = new Banner(() => link.retry(), signal);
    this.#toast = new Toast(signal);
    const readout = new Readout();
    link.picture.statusText.follow((text) => readout.show(text), signal);
    readout.show(link.picture.statusText.value);
    const { element, announcer } = this.#pill;
    this.#statusCorner.setPill(element, true);
    this.#layer.append(this.#statusCorner.element, this.#toolbar.element, this.#hud.element);
    this.#layer.append(readout.element, this.#banner.element, this.#toast.element, announcer);
    this.#tooltip = new Tooltip(this.#layer, signal);
    this.#layer.append(this.#tooltip.element);
    this.#autoHide = new AutoHide(viewContext, this.#layer, signal);
    this.#statsSubscription = new StatsSubscription(viewContext, (liveStats) => this.#onLiveStats(liveStats), signal);
    this.#toolContext = this.#makeToolContext();
    this.#autoHide.awake.follow((isAwake) => this.#onAwake(isAwake), signal);
    this.#hudShown.follow(() => this.#toggleHud(), signal);
    link.settings.paused.follow(() => this.#showPill(), signal);
    this.#layer.addEventListener("keydown", keepFromNotebook, { signal });
    this.#toggleHud();
  }

  show(status: LinkStatus): void {
    this.#status = status;
    this.#showPill();
    this.#showBanner(status);
  }

  /** Save a file from the server, under a name that is safe. */
  save({ name, mime, bytes }: SentFile): void {
    const safeName = safeFileName(name);
    download(new Blob([bytes], { type: mime }), safeName);
    this.#toast.show(`Saved ${safeName}`);
  }

  /** Apply the traits that Python set. `isQuiet`: show no controls, whatever Python set. */
  apply(isQuiet: boolean): void {
    const { viewport, link } = this.#viewContext;
    this.#isQuiet = isQuiet;
    // Right after the picture in the tab order.
    if (!link.traits.showsChrome || isQuiet) this.#layer.remove();
    else if (!this.#layer.isConnected) viewport.after(this.#layer);
    this.#statusCorner.setPill(this.#pill.element, link.traits.showsStatus);
    this.#updateTools();
    if (link.traits.showsStats === this.#pythonShowsStats) return;
    this.#pythonShowsStats = link.traits.showsStats;
    this.#hudShown.value = this.#pythonShowsStats;
  }

  #makeToolContext(): ToolContext {
    const recordingSince = new Observable<number | undefined>(undefined);
    recordingSince.follow((sinceMs) => this.#statusCorner.showRecording(sinceMs), this.#signal);
    return {
      viewContext: this.#viewContext,
      layer: this.#layer,
      toast: this.#toast,
      hudShown: this.#hudShown,
      recordingSince,
      signal: this.#signal,
      onToolsChanged: () => this.#updateTools(),
      onMenuClosed: () => this.#autoHide.refresh(),
    };
  }

  /** Put the available tools into the toolbar. An exported page has none, because nothing is live. */
  #updateTools(): void {
    const { traits, isStatic } = this.#viewContext.link;
    const names = isStatic || this.#isQuiet ? [] : traits.tools;
    const tools = names.map((name) => this.#tool(name)).filter((tool) => tool.isOffered);
    this.#toolbar.hold(tools.map(({ button }) => button.element));
  }

  #tool(name: ToolName): Tool {
    const tool = this.#tools.get(name) ?? TOOL_MAKERS[name](this.#toolContext);
    this.#tools.set(name, tool);
    return tool;
  }

  #onAwake(isAwake: boolean): void {
    if (isAwake) for (const tool of this.#tools.values()) tool.refresh?.();
    else {
      this.#tooltip.hide();
      this.#toolbar.close();
    }
    this.#updateStatsSubscription();
  }

  #toggleHud(): void {
    this.#hud.element.hidden = !this.#hudShown.value;
    if (!this.#hudShown.value) this.#hud.clear();
    this.#updateStatsSubscription();
  }

  /** Subscribe to statistics only while they are visible. */
  #updateStatsSubscription(): void {
    const hasLayer = this.#layer.isConnected;
    this.#statsSubscription.isWanted = hasLayer && (this.#hudShown.value || this.#autoHide.awake.value);
  }

  #onLiveStats(liveStats: LiveStats): void {
    this.#statusCorner.showStats(liveStats);
    if (this.#hudShown.value) this.#hud.show(liveStats, this.#viewContext.layout?.frame);
  }

  #showPill(): void {
    if (this.#status === undefined) return;
    const isPaused = this.#viewContext.link.settings.paused.value;
    this.#viewContext.root.classList.toggle("rfb-paused", isPaused);
    this.#pill.show(this.#status, { isPaused, hasPicture: this.#viewContext.canvas !== undefined });
    this.#tooltip.refresh();
  }

  /** Show or hide the explanation of the transport. */
  #explain(): void {
    this.#isExplained = !this.#isExplained;
    this.#tooltip.hide();
    if (this.#status !== undefined) this.#showBanner(this.#status);
  }

  #showBanner(status: LinkStatus): void {
    const remedy = this.#isExplained === undefined ? (status.remedy ?? "") : "";
    const explanation = this.#isExplained ? status.why : remedy;
    this.#banner.show({ ...status, explanation, canRetry: this.#viewContext.link.canConnect });
  }
}

/** Keep Enter and Space from the notebook's shortcuts, so that they press the focused button. */
function keepFromNotebook(event: KeyboardEvent): void {
  const isChord = event.ctrlKey || event.altKey || event.metaKey || event.shiftKey;
  if (!isChord && (event.key === "Enter" || event.key === " ")) event.stopPropagation();
}
