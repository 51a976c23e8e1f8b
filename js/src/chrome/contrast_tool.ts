import type { ContrastChange } from "../flow/contrast_choice.ts";
import { ContrastChoice } from "../flow/contrast_choice.ts";
import type { Contrast } from "../wire/messages.ts";
import { ContrastPanel } from "./contrast_panel.ts";
import { placePanel } from "./place_popup.ts";
import { Popover } from "./popover.ts";
import type { Tool } from "./tool.ts";
import { ToolButton } from "./tool_button.ts";
import type { ToolContext } from "./tool_context.ts";

const POLL_INTERVAL_MS = 300;

/** Changes how published numbers are shown, in a panel over the picture; hidden while the picture has colours. */
export class ContrastTool implements Tool {
  readonly button = new ToolButton(() => this.#toggle());
  readonly #context: ToolContext;
  readonly #choice = new ContrastChoice();
  readonly #popover: Popover;
  #panel: ContrastPanel | undefined;
  #frame = 0;

  constructor(context: ToolContext) {
    this.#context = context;
    const { layer, signal, onToolsChanged, onMenuClosed } = context;
    const onClose = (): void => {
      this.#panel = undefined;
      onMenuClosed();
    };
    this.button.show({ icon: "contrast", name: "Contrast" });
    this.#popover = new Popover(layer, this.button.element, { kind: "dialog", place: placePanel, onClose }, signal);
    let wasOffered = this.isOffered;
    const follow = (): void => {
      if (!this.isOffered) this.#popover.close(false);
      if (this.isOffered !== wasOffered) onToolsChanged();
      wasOffered = this.isOffered;
      this.#show();
    };
    context.viewContext.link.picture.contrast.follow(follow, signal);
    signal.addEventListener("abort", () => cancelAnimationFrame(this.#frame));
  }

  get isOffered(): boolean {
    return this.#server !== undefined;
  }

  get #server(): Contrast | undefined {
    return this.#context.viewContext.link.picture.contrast.value;
  }

  #toggle(): void {
    if (this.#popover.isOpen) return this.#popover.close(true);
    const isByKey = this.button.element.matches(":focus-visible");
    const panel = new ContrastPanel({ change: (change) => this.#change(change), reset: () => this.#reset() });
    this.#panel = panel;
    const signal = this.#popover.open(panel.element);
    panel.element.addEventListener("keydown", (event) => this.#onKey(event), { signal });
    const sizes = new ResizeObserver(() => {
      this.#popover.place();
      this.#show();
    });
    sizes.observe(this.#context.layer);
    signal.addEventListener("abort", () => sizes.disconnect());
    this.#show();
    panel.focus(isByKey);
    void this.#poll(panel, signal);
  }

  /** No key of the panel may reach the notebook, which has shortcuts for some. */
  #onKey(event: KeyboardEvent): void {
    if (event.key === "Escape") {
      event.preventDefault();
      this.#popover.close(true);
    }
    if (event.key !== "Tab") event.stopPropagation();
  }

  /** Ask for histograms, only while somebody can see them. */
  async #poll(panel: ContrastPanel, signal: AbortSignal): Promise<void> {
    const { viewContext } = this.#context;
    while (!signal.aborted) {
      const isSeen = !document.hidden && viewContext.onScreen;
      const histogram = isSeen ? await viewContext.link.requests.histogram() : undefined;
      if (signal.aborted) return;
      if (histogram !== undefined) panel.showHistogram(histogram);
      await new Promise((resolve) => setTimeout(resolve, POLL_INTERVAL_MS));
    }
  }

  #change(change: ContrastChange): void {
    if (this.#server === undefined) return;
    this.#choice.change(change, this.#server, performance.now());
    this.#show();
    // A drag moves more often than the screen shows it.
    this.#frame ||= requestAnimationFrame(() => this.#send());
  }

  #send(): void {
    this.#frame = 0;
    if (this.#server === undefined) return;
    this.#context.viewContext.link.setContrast(this.#choice.message(this.#server, performance.now()));
  }

  #reset(): void {
    if (this.#server === undefined) return;
    const { gamma, cmap } = this.#choice.shown(this.#server, performance.now());
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    this.#choice.forget();
    this.#context.viewContext.link.setContrast({ type: "set_contrast", gamma, cmap });
  }

  #show(): void {
    if (this.#server === undefined) return;
    this.#panel?.show(this.#choice.shown(this.#server, performance.now()), this.#server.dtype);
  }
}
