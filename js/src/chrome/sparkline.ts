const SVG = "http://www.w3.org/2000/svg";
const HEIGHT = 40;
const STEP = 2;
/** As many as there is room for beside the numbers, where there is most of it. */
const MAX_TIMES = 120;
const TOP_MS = 66.7;
/** What a frame takes at 60 and at 30 a second, and how far below its line each is written. */
const LINES = [
  { ms: 16.7, labelDown: 9, label: "17 ms" },
  { ms: 33.3, labelDown: -2, label: "33 ms between frames" },
];

/** The times between the last frames as a line that ends at the right; what took longer than it is high is cut. */
export class Sparkline {
  readonly element = make("svg", { class: "rfb-sparkline", role: "img" });
  readonly #line = make("polyline", {});
  #timesMs: number[] = [];

  constructor() {
    const { element } = this;
    element.setAttribute("aria-label", "Times between frames, with lines at 16.7 and 33.3 milliseconds");
    for (const line of LINES) element.append(...hairline(line));
    // Its own origin is the right end, however wide it is.
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

/** On half pixels, where a line of one pixel is sharp. */
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
