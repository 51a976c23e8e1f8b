import type { Point } from "../flow/geometry.ts";

/** Where in `element` something happened, in its own CSS pixels: a page may be scaled as a whole. */
export function cssPointOf(
  element: HTMLElement,
  { clientX, clientY }: { readonly clientX: number; readonly clientY: number },
): Point {
  const box = element.getBoundingClientRect();
  return {
    x: ((clientX - box.left) * element.offsetWidth) / (box.width || 1),
    y: ((clientY - box.top) * element.offsetHeight) / (box.height || 1),
  };
}
