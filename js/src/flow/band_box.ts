import type { Box } from "./geometry.ts";
import type { ViewLayout, ViewTransform } from "./view_transform.ts";
import { transformedBox } from "./view_transform.ts";

/**
 * Return where a rectangle in frame pixels is shown, in CSS pixels of the viewport.
 *
 * Its edges are those of whole device pixels, so that its outline is sharp.
 */
export function bandBox(rect: readonly number[], transform: ViewTransform, layout: ViewLayout): Box {
  const [x = 0, y = 0, width = 0, height = 0] = rect;
  const box = transformedBox(transform, layout);
  const across = box.width / layout.frame.width;
  const down = box.height / layout.frame.height;
  const snap = (css: number): number => Math.round(css * layout.ratio) / layout.ratio;
  const left = snap(box.left + x * across);
  const top = snap(box.top + y * down);
  return {
    left,
    top,
    width: snap(box.left + (x + width) * across) - left,
    height: snap(box.top + (y + height) * down) - top,
  };
}
