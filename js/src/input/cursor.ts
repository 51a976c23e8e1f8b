/** The cursor that `css` asks for; the default one where that is none, or would have the browser fetch something. */
export function cursorOf(css: string): string {
  // Parsed by the browser itself: a name of something to fetch can be written in many ways.
  const { style } = document.createElement("span");
  style.cursor = css;
  const isElsewhere = [...style.cursor.matchAll(/url\(\s*["']?(.{0,5})/gi)].some(([, scheme]) => scheme !== "data:");
  return isElsewhere ? "" : style.cursor;
}
