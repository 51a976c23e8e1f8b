const SVG = "http://www.w3.org/2000/svg";

/** The stroked and the filled path of a 16 by 16 icon. */
interface Drawing {
  readonly line: string;
  readonly solid?: string;
}

const FRAME = "M2.25 4.25a1 1 0 0 1 1-1h9.5a1 1 0 0 1 1 1v7.5a1 1 0 0 1-1 1h-9.5a1 1 0 0 1-1-1z";
const MAGNIFIER = "M11.25 7a4.25 4.25 0 1 1-8.5 0 4.25 4.25 0 0 1 8.5 0zM10.25 10.25l3.25 3.25";

const DRAWINGS = {
  pause: { line: "M5.5 3.75v8.5M10.5 3.75v8.5" },
  play: { line: "M4.75 3.25v9.5L12.5 8z" },
  screenshot: {
    line: "M2.25 6.25a1 1 0 0 1 1-1h1.5l1-1.75h4.5l1 1.75h1.5a1 1 0 0 1 1 1v5.5a1 1 0 0 1-1 1h-9.5a1 1 0 0 1-1-1zM10.25 8.75a2.25 2.25 0 1 1-4.5 0 2.25 2.25 0 0 1 4.5 0z",
  },
  record: {
    line: "M13.25 8a5.25 5.25 0 1 1-10.5 0 5.25 5.25 0 0 1 10.5 0z",
    solid: "M10 8a2 2 0 1 1-4 0 2 2 0 0 1 4 0z",
  },
  stop: {
    line: "M13.25 8a5.25 5.25 0 1 1-10.5 0 5.25 5.25 0 0 1 10.5 0z",
    solid: "M6.25 6.75a.5.5 0 0 1 .5-.5h2.5a.5.5 0 0 1 .5.5v2.5a.5.5 0 0 1-.5.5h-2.5a.5.5 0 0 1-.5-.5z",
  },
  fullscreen: { line: "M2.75 6V2.75H6M10 2.75h3.25V6M13.25 10v3.25H10M6 13.25H2.75V10" },
  fullscreen_exit: { line: "M6 2.75V6H2.75M13.25 6H10V2.75M10 13.25V10h3.25M2.75 10H6v3.25" },
  contain: {
    line: FRAME,
    solid: "M5 5.75a.5.5 0 0 1 .5-.5h5a.5.5 0 0 1 .5.5v4.5a.5.5 0 0 1-.5.5h-5a.5.5 0 0 1-.5-.5z",
  },
  cover: { line: `${FRAME}M8.75 5.75h2.5v2.5M7.25 10.25h-2.5v-2.5` },
  fill: { line: `${FRAME}M5 8h6M6.5 6.5 5 8l1.5 1.5M9.5 6.5 11 8 9.5 9.5` },
  zoom_in: { line: `${MAGNIFIER}M7 5.25v3.5M5.25 7h3.5` },
  zoom_out: { line: `${MAGNIFIER}M5.25 7h3.5` },
  inspect: { line: "M8 1.75v3.5M8 10.75v3.5M1.75 8h3.5M10.75 8h3.5", solid: "M7 7h2v2H7z" },
  codec: {
    line: `${FRAME}M4.5 10.5l2.25-2.75 1.75 1.75 1.5-1.5 1.5 1.75`,
    solid: "M11.25 6a.75.75 0 1 1-1.5 0 .75.75 0 0 1 1.5 0z",
  },
  check: { line: "M3.25 8.5l3 3 6.5-7" },
  more: {
    line: "",
    solid: "M4.5 8a1 1 0 1 1-2 0 1 1 0 0 1 2 0zM9 8a1 1 0 1 1-2 0 1 1 0 0 1 2 0zM13.5 8a1 1 0 1 1-2 0 1 1 0 0 1 2 0z",
  },
  hud: { line: "M3 13v-2.5M6.33 13V8M9.67 13V5.5M13 13V3" },
} as const satisfies Record<string, Drawing>;

export type IconName = keyof typeof DRAWINGS;

/** Make an icon in the current text colour. */
export function icon(name: IconName): SVGSVGElement {
  const { line, solid }: Drawing = DRAWINGS[name];
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "rfb-icon");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("aria-hidden", "true");
  svg.append(path(line));
  if (solid !== undefined) svg.append(path(solid, "rfb-solid"));
  return svg;
}

function path(d: string, className = ""): SVGPathElement {
  const made = document.createElementNS(SVG, "path");
  made.setAttribute("d", d);
  if (className !== "") made.setAttribute("class", className);
  return made;
}
