const SVG = "http://www.w3.org/2000/svg";
const HEIGHT = 40;
const STEP = 2;
/** As many as fit the widest HUD. */
const MAX_TIMES = 120;
const TOP_MS = 66.7;
/** The frame times at 60 and 30 fps, and the offset of each label below its line. */
const LINES = [
  { ms: 16.7, labelDown: 9, label: "17 ms" },
  { ms: 33.3, labelDown: -2, label: "33 ms between frames" },
];

/** A line chart of the last frame times, newest at the right; longer times than its height are clipped. */
export class Sparkline {
  readonly element = make("svg", { class: "rfb-sparkline", role: "img" });
  readonly #line = make("polyline", {});
  #timesMs: number[] = [];

  constructor() {
    const { element } = this;
    element.setAttribute("aria-label", "Frame times, with lines at 16.7 and 33.3 milliseconds");
    for (const line of LINES) element.append(...hairline(line));
    // A nested `svg` puts the origin at the right end, whatever the width.
    const right = make("svg", { x: "100%", overflow: "visible" });
    right.append(this.#line);
    element.append(right);
  }

  /** Oldest first. */
  add(timesMs: readonly number[]): void {
    if (timesMs.length === 0) return;
    this.#timesMs = [...this.#timesMs, ...timesMs].slice(-MAX_TIMES);
    const last = this.#timesMs.length - 1;
    const points = this.#timesMs.map((ms, index) => `${(index - last) * STEP},${heightOf(ms)}`);
    this.#line.setAttribute("points", points.join(" "));
  }

  clear(): void {
    this.#timesMs = [];
    this.#line.setAttribute("points", "");
  }
}

function hairline({ ms, labelDown, label }: (typeof LINES)[number]): Element[] {
  const y = heightOf(ms);
  const text = make("text", { y: y + labelDown });
  text.textContent = label;
  return [make("line", { x2: "100%", y1: y, y2: y }), text];
}

/** On half pixels, where a one-pixel line is sharp. */
function heightOf(ms: number): number {
  const up = (Math.min(ms, TOP_MS) / TOP_MS) * (HEIGHT - 2);
  return Math.floor(HEIGHT - 1 - up) + 0.5;
}

function make<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Readonly<Record<string, string | number>>,
): SVGElementTagNameMap[K] {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  return made;
}
