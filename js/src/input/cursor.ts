/** Return the CSS cursor `css`; empty, the default, if it is invalid or would make the browser fetch a URL. */
export function cursorOf(css: string): string {
  // Let the browser parse it, because a URL can be written in many ways.
  const { style } = document.createElement("span");
  style.cursor = css;
  const isElsewhere = [...style.cursor.matchAll(/url\(\s*["']?(.{0,5})/gi)].some(([, scheme]) => scheme !== "data:");
  return isElsewhere ? "" : style.cursor;
}
