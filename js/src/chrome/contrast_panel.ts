import type { ContrastChange, ContrastValues } from "../flow/contrast_choice.ts";
import type { Limits, NumberAxis } from "../flow/number_axis.ts";
import { axisOf, moveLimit, setLimit, steadyAxis } from "../flow/number_axis.ts";
import { formatNumber } from "../flow/number_text.ts";
import type { Contrast, Histogram } from "../wire/messages.ts";
import { ColormapChoice } from "./colormap_choice.ts";
import { GammaSlider } from "./gamma_slider.ts";
import { HistogramPlot } from "./histogram_plot.ts";
import { LimitHandles } from "./limit_handles.ts";
import { NumberField } from "./number_field.ts";
import { styledElement } from "./styled_element.ts";

const WHOLE_NUMBERS = /^(u?int|bool)/;

/** What the panel asks for. */
interface PanelActions {
  /** Change some of the values. */
  readonly change: (change: ContrastChange) => void;
  /** Return the limits to the stream's own rule. */
  readonly reset: () => void;
}

/** The controls of the contrast: histogram with two handles, limits, gamma and colormap. */
export class ContrastPanel {
  readonly element = styledElement("div", "rfb-popover");
  readonly #actions: PanelActions;
  readonly #dtype = document.createElement("span");
  readonly #plot = new HistogramPlot();
  readonly #handles: LimitHandles;
  readonly #fields = {
    vmin: new NumberField("Minimum", (value) => this.#set("vmin", value)),
    vmax: new NumberField("Maximum", (value) => this.#set("vmax", value)),
  };
  readonly #auto = textButton("Auto", "Fit the limits to this picture", () => this.#fit());
  readonly #reset = textButton("Reset", "Back to the limits that the stream sets", () => this.#actions.reset());
  readonly #gamma = new GammaSlider((gamma) => this.#actions.change({ gamma }));
  readonly #colormaps = new ColormapChoice((cmap) => this.#actions.change({ cmap }));
  #histogram: Histogram | undefined;
  #contrast: ContrastValues = { vmin: 0, vmax: 1, gamma: 1, cmap: "", fixed: false };
  #isWhole = false;
  #axis: NumberAxis = { low: 0, high: 1, isWhole: false };
  #hasAxis = false;

  constructor(actions: PanelActions) {
    this.#actions = actions;
    const { element } = this;
    element.classList.add("rfb-contrast");
    element.tabIndex = -1;
    element.setAttribute("role", "dialog");
    element.setAttribute("aria-label", "Contrast");
    const title = document.createElement("div");
    title.className = "rfb-contrast-title";
    title.append(span("Contrast"), this.#dtype);
    const area = document.createElement("div");
    area.className = "rfb-contrast-plot";
    area.append(this.#plot.element);
    this.#handles = new LimitHandles(
      area,
      (which, value) => this.#actions.change(moveLimit(this.#contrast, which, value, this.#axis)),
      () => this.#render(),
    );
    const limits = document.createElement("div");
    limits.className = "rfb-contrast-limits";
    limits.append(this.#fields.vmin.element, this.#fields.vmax.element, this.#auto, this.#reset);
    element.append(title, area, limits, this.#gamma.element, this.#colormaps.element);
  }

  /** Show `contrast`; `dtype` is the type of the numbers. */
  show(contrast: ContrastValues, dtype: Contrast["dtype"]): void {
    this.#contrast = contrast;
    this.#isWhole = WHOLE_NUMBERS.test(dtype);
    if (this.#dtype.textContent !== dtype) this.#dtype.textContent = dtype;
    this.#gamma.show(contrast.gamma);
    this.#colormaps.show(contrast.cmap);
    this.#reset.setAttribute("aria-disabled", String(!contrast.fixed));
    this.#render();
  }

  showHistogram(histogram: Histogram): void {
    this.#histogram = histogram;
    this.#render();
  }

  /** Take the focus: a key then moves the first handle, while a pointer needs no ring around it. */
  focus(isByKey: boolean): void {
    if (isByKey) this.#handles.focus();
    else this.element.focus({ preventScroll: true });
  }

  /** The limits may be those of numbers that come later, so the axis grows but does not follow each frame. */
  #render(): void {
    const { vmin, vmax } = this.#contrast;
    if (!this.#handles.isDragging) {
      const wanted = axisOf(this.#histogram, { vmin, vmax }, this.#isWhole);
      this.#axis = steadyAxis(this.#hasAxis ? this.#axis : undefined, wanted);
      this.#hasAxis = this.#histogram !== undefined;
    }
    this.#auto.setAttribute("aria-disabled", String(this.#histogram === undefined));
    this.#handles.show({ vmin, vmax }, this.#axis);
    this.#fields.vmin.show(formatNumber(vmin, this.#axis));
    this.#fields.vmax.show(formatNumber(vmax, this.#axis));
    this.#plot.show({ bins: this.#histogram, axis: this.#axis, contrast: this.#contrast });
  }

  #set(which: keyof Limits, value: number): void {
    this.#actions.change(setLimit(this.#contrast, which, value, this.#axis));
  }

  /** Of a picture with one number only, the limits still differ. */
  #fit(): void {
    if (this.#histogram === undefined) return;
    const { auto_min: vmin, auto_max: vmax } = this.#histogram;
    this.#actions.change(vmin < vmax ? { vmin, vmax } : setLimit({ vmin, vmax }, "vmin", vmin, this.#axis));
  }
}

function span(text: string): HTMLElement {
  const made = document.createElement("span");
  made.textContent = text;
  return made;
}

function textButton(text: string, tooltip: string, press: () => void): HTMLButtonElement {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "rfb-text-button";
  button.textContent = text;
  button.dataset.tooltip = tooltip;
  button.addEventListener("click", () => button.getAttribute("aria-disabled") === "true" || press());
  return button;
}
