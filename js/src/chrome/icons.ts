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
  contrast: {
    line: "M13.25 8a5.25 5.25 0 1 1-10.5 0 5.25 5.25 0 0 1 10.5 0z",
    solid: "M8 2.75a5.25 5.25 0 0 1 0 10.5z",
  },
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
  home: { line: "M2.5 7.5 8 2.75l5.5 4.75M4 6.5v6.75h8V6.5M6.75 13.25v-3.5h2.5v3.5" },
  back: { line: "M7.25 3.5 2.75 8l4.5 4.5M2.75 8h10.5" },
  forward: { line: "M8.75 3.5 13.25 8l-4.5 4.5M13.25 8H2.75" },
  pan: {
    line: "M8 2v12M2 8h12M6.25 3.75 8 2l1.75 1.75M6.25 12.25 8 14l1.75-1.75M3.75 6.25 2 8l1.75 1.75M12.25 6.25 14 8l-1.75 1.75",
  },
  zoom_rect: {
    line: "M2.5 5V3.5a1 1 0 0 1 1-1H5M7.25 2.5h1.5M11 2.5h1.5a1 1 0 0 1 1 1V5M2.5 7.25v1.5M2.5 11v1.5a1 1 0 0 0 1 1H5M11.5 9.25a2.25 2.25 0 1 1-4.5 0 2.25 2.25 0 0 1 4.5 0zM10.9 10.9l2.6 2.6",
  },
  save: { line: "M8 2.5v7M5 6.75 8 9.75l3-3M2.75 10.5v1.75a1 1 0 0 0 1 1h8.5a1 1 0 0 0 1-1V10.5" },
  close: { line: "M4.5 4.5l7 7M11.5 4.5l-7 7" },
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
