/** Return the opaque colour behind the transparent parts of `element`. */
export function backdropOf(element: Element): string {
  const layers: string[] = [];
  for (let at: Element | null = element; at !== null; at = parentOf(at)) {
    layers.unshift(getComputedStyle(at).backgroundColor);
  }
  const scratch = document.createElement("canvas");
  scratch.width = scratch.height = 1;
  const context = scratch.getContext("2d", { alpha: false, willReadFrequently: true });
  if (context === null) return "white";
  for (const color of ["white", ...layers]) {
    context.fillStyle = color;
    context.fillRect(0, 0, 1, 1);
  }
  const [red, green, blue] = context.getImageData(0, 0, 1, 1).data;
  return `rgb(${red}, ${green}, ${blue})`;
}

function parentOf(element: Element): Element | null {
  const root = element.getRootNode();
  return element.parentElement ?? (root instanceof ShadowRoot ? root.host : null);
}
