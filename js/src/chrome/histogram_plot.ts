import { Colormap, cssColor } from "../flow/colormap.ts";
import type { ContrastValues } from "../flow/contrast_choice.ts";
import type { HistogramBins } from "../flow/histogram_bars.ts";
import { barHeights } from "../flow/histogram_bars.ts";
import type { NumberAxis } from "../flow/number_axis.ts";
import { fractionOf } from "../flow/number_axis.ts";

/** The height of the strip that shows the colours, CSS pixels, and how far it is below the bars. */
const STRIP_PX = 8;
const GAP_PX = 2;
const OUTSIDE_ALPHA = 0.3;

/** What a plot shows. */
export interface Plotted {
  readonly bins: HistogramBins | undefined;
  readonly axis: NumberAxis;
  readonly contrast: ContrastValues;
}

/** Draws a histogram over a strip with the colour of each number. */
export class HistogramPlot {
  readonly element = document.createElement("canvas");
  readonly #context: CanvasRenderingContext2D | null;

  constructor() {
    this.element.className = "rfb-histogram";
    this.element.setAttribute("aria-hidden", "true");
    this.#context = this.element.getContext("2d");
  }

  /** Draw in device pixels, for sharp edges, and in the colours of the theme. */
  show(plotted: Plotted): void {
    const context = this.#context;
    if (context === null) return;
    const { clientWidth, clientHeight } = this.element;
    const ratio = window.devicePixelRatio;
    const width = Math.max(1, Math.round(clientWidth * ratio));
    const height = Math.max(1, Math.round(clientHeight * ratio));
    if (this.element.width !== width) this.element.width = width;
    if (this.element.height !== height) this.element.height = height;
    context.clearRect(0, 0, width, height);
    const stripTop = height - Math.round(STRIP_PX * ratio);
    this.#paintBars(context, plotted, stripTop - Math.round(GAP_PX * ratio));
    this.#paintStrip(context, plotted, stripTop);
  }

  #paintBars(context: CanvasRenderingContext2D, { bins, axis, contrast }: Plotted, bottom: number): void {
    if (bins === undefined) return;
    const { width } = this.element;
    const { color } = getComputedStyle(this.element);
    const [from, to] = [fractionOf(contrast.vmin, axis) * width, fractionOf(contrast.vmax, axis) * width];
    context.fillStyle = color;
    for (const [x, share] of barHeights(bins, axis, width).entries()) {
      const bar = share === 0 ? 0 : Math.max(1, Math.round(share * bottom));
      context.globalAlpha = x >= Math.floor(from) && x <= to ? 1 : OUTSIDE_ALPHA;
      context.fillRect(x, bottom - bar, 1, bar);
    }
    context.globalAlpha = 1;
  }

  #paintStrip(context: CanvasRenderingContext2D, { axis, contrast }: Plotted, top: number): void {
    const { width, height } = this.element;
    const colormap = Colormap.named(contrast.cmap) ?? Colormap.named("");
    if (colormap === undefined) return;
    for (let x = 0; x < width; x += 1) {
      const value = axis.low + ((x + 0.5) / width) * (axis.high - axis.low);
      const share = Math.min(Math.max((value - contrast.vmin) / (contrast.vmax - contrast.vmin), 0), 1);
      context.fillStyle = cssColor(colormap.at(share ** contrast.gamma));
      context.fillRect(x, top, 1, height - top);
    }
  }
}
