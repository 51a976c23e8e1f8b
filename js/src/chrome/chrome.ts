import { Observable } from "../flow/observable.ts";
import type { Tool as ToolName } from "../host/traits.ts";
import type { Deck } from "../view/view_context.ts";
import type { LinkStatus } from "../view/link_status.ts";
import type { Gauges } from "../wire/worker_messages.ts";
import { Banner } from "./banner.ts";
import type { Bench } from "./tool_context.ts";
import { Corner } from "./status_corner.ts";
import { Hud } from "./hud.ts";
import { Meter } from "./stats_subscription.ts";
import { Presence } from "./auto_hide.ts";
import { StatusPill } from "./status_pill.ts";
import { Tip } from "./tooltip.ts";
import { Toast } from "./toast.ts";
import { Toolbar } from "./toolbar.ts";
import type { Tool } from "./tool.ts";
import { TOOL_MAKERS } from "./tools.ts";

/** All that lies over the picture of one view. */
export class Chrome {
  readonly #deck: Deck;
  readonly #signal: AbortSignal;
  readonly #layer = document.createElement("div");
  readonly #corner: Corner;
  readonly #pill = new StatusPill(() => this.#explain());
  readonly #toolbar: Toolbar;
  readonly #hud = new Hud();
  readonly #hudShown = new Observable(false);
  readonly #banner: Banner;
  readonly #tip: Tip;
  readonly #presence: Presence;
  readonly #meter: Meter;
  readonly #bench: Bench;
  readonly #tools = new Map<ToolName, Tool>();
  #status: LinkStatus | undefined;
  /** Undefined until a person says. */
  #explains: boolean | undefined;
  #isQuiet = false;
  #pythonShowsStats: boolean | undefined;

  /** Ends with `signal`. */
  constructor(deck: Deck, signal: AbortSignal) {
    this.#deck = deck;
    this.#signal = signal;
    const { link } = deck;
    this.#layer.className = "rfb-chrome";
    this.#corner = new Corner(signal);
    this.#toolbar = new Toolbar(() => deck.focusPicture());
    this.#banner = new Banner(() => link.retry());
    const toast = new Toast(signal);
    const { element, voice } = this.#pill;
    this.#corner.hold(element, true);
    this.#layer.append(this.#corner.element, this.#toolbar.element, this.#hud.element);
    this.#layer.append(this.#banner.element, toast.element, voice);
    this.#tip = new Tip(this.#layer, signal);
    this.#layer.append(this.#tip.element);
    this.#presence = new Presence(deck, this.#layer, signal);
    this.#meter = new Meter(deck, (gauges) => this.#measured(gauges), signal);
    this.#bench = this.#setUp(toast);
    this.#presence.awake.follow((isAwake) => this.#onAwake(isAwake), signal);
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

  /** Take up what Python set. `isQuiet`: nothing may lie over the picture, whatever Python set. */
  apply(isQuiet: boolean): void {
    const { viewport, link } = this.#deck;
    this.#isQuiet = isQuiet;
    // Right after the picture in the order of tabs.
    if (!link.traits.showsChrome || isQuiet) this.#layer.remove();
    else if (!this.#layer.isConnected) viewport.after(this.#layer);
    this.#corner.hold(this.#pill.element, link.traits.showsStatus);
    this.#offer();
    if (link.traits.showsStats === this.#pythonShowsStats) return;
    this.#pythonShowsStats = link.traits.showsStats;
    this.#hudShown.value = this.#pythonShowsStats;
  }

  #setUp(toast: Toast): Bench {
    const recordingSince = new Observable<number | undefined>(undefined);
    recordingSince.follow((sinceMs) => this.#corner.records(sinceMs), this.#signal);
    return {
      deck: this.#deck,
      layer: this.#layer,
      toast,
      hudShown: this.#hudShown,
      recordingSince,
      signal: this.#signal,
      reoffer: () => this.#offer(),
      closed: () => this.#presence.refresh(),
    };
  }

  /** Put the tools into the toolbar that can be had. A page that was exported has none: there is nothing live. */
  #offer(): void {
    const { traits, isStatic } = this.#deck.link;
    const names = isStatic || this.#isQuiet ? [] : traits.tools;
    const tools = names.map((name) => this.#tool(name)).filter((tool) => tool.isOffered);
    this.#toolbar.hold(tools.map(({ button }) => button.element));
  }

  #tool(name: ToolName): Tool {
    const tool = this.#tools.get(name) ?? TOOL_MAKERS[name](this.#bench);
    this.#tools.set(name, tool);
    return tool;
  }

  #onAwake(isAwake: boolean): void {
    if (isAwake) for (const tool of this.#tools.values()) tool.refresh?.();
    else {
      this.#tip.hide();
      this.#toolbar.close();
    }
    this.#updateMeter();
  }

  #toggleHud(): void {
    this.#hud.element.hidden = !this.#hudShown.value;
    if (!this.#hudShown.value) this.#hud.clear();
    this.#updateMeter();
  }

  /** Nothing is measured for nobody. */
  #updateMeter(): void {
    const hasLayer = this.#layer.isConnected;
    this.#meter.isWanted = hasLayer && (this.#hudShown.value || this.#presence.awake.value);
  }

  #measured(gauges: Gauges): void {
    this.#corner.measured(gauges);
    if (this.#hudShown.value) this.#hud.show(gauges, this.#deck.scene?.frame);
  }

  #showPill(): void {
    if (this.#status === undefined) return;
    const isPaused = this.#deck.link.settings.paused.value;
    this.#deck.root.classList.toggle("rfb-paused", isPaused);
    this.#pill.show(this.#status, { isPaused, hasPicture: this.#deck.canvas !== undefined });
    this.#tip.refresh();
  }

  /** Say how the pictures come here, or nothing any more. */
  #explain(): void {
    this.#explains = !this.#explains;
    this.#tip.hide();
    if (this.#status !== undefined) this.#showBanner(this.#status);
  }

  #showBanner(status: LinkStatus): void {
    const unasked = this.#explains === undefined ? (status.remedy ?? "") : "";
    const explanation = this.#explains ? status.why : unasked;
    this.#banner.show({ ...status, explanation, canRetry: this.#deck.link.canConnect });
  }
}

/** The notebook has shortcuts for keys that press a button, and would take them first. */
function keepFromNotebook(event: KeyboardEvent): void {
  const isChord = event.ctrlKey || event.altKey || event.metaKey || event.shiftKey;
  if (!isChord && (event.key === "Enter" || event.key === " ")) event.stopPropagation();
}
