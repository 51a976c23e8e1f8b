import type { Box, Size } from "../flow/geometry.ts";

/** The distance of a popup from its anchor, and from the edge of its bounds. */
const GAP_PX = 4;
const RIM_PX = 6;

/** Position and maximum height of a popup, CSS pixels in the same coordinates as `anchor`. */
export interface PopupPlacement {
  readonly left: number;
  readonly top: number;
  readonly maxHeight: number;
}

/** Place a popup below its anchor, or above it if there is more room; centred on it and inside `bounds`. */
export function placePopup(popup: Size, anchor: Box, bounds: Size): PopupPlacement {
  const middle = anchor.left + anchor.width / 2;
  const left = Math.max(RIM_PX, Math.min(middle - popup.width / 2, bounds.width - popup.width - RIM_PX));
  const above = Math.max(0, anchor.top - GAP_PX - RIM_PX);
  const below = Math.max(0, bounds.height - (anchor.top + anchor.height) - GAP_PX - RIM_PX);
  if (popup.height <= below || below >= above) {
    return { left, top: anchor.top + anchor.height + GAP_PX, maxHeight: below };
  }
  const height = Math.min(popup.height, above);
  return { left, top: anchor.top - GAP_PX - height, maxHeight: above };
}

/** With less room above and below its anchor, a panel takes the whole height, beside its anchor. */
const MIN_PANEL_PX = 200;

/** Place a panel like a popup, but beside its anchor where a popup would show too little of it. */
export function placePanel(panel: Size, anchor: Box, bounds: Size): PopupPlacement {
  const above = anchor.top - GAP_PX - RIM_PX;
  const below = bounds.height - (anchor.top + anchor.height) - GAP_PX - RIM_PX;
  if (Math.max(above, below) >= Math.min(panel.height, MIN_PANEL_PX)) return placePopup(panel, anchor, bounds);
  const beforeAnchor = anchor.left - GAP_PX - panel.width;
  const afterAnchor = anchor.left + anchor.width + GAP_PX;
  const fitsAfter = afterAnchor + panel.width + RIM_PX <= bounds.width;
  const wanted = beforeAnchor < RIM_PX && fitsAfter ? afterAnchor : beforeAnchor;
  const left = Math.max(RIM_PX, Math.min(wanted, bounds.width - panel.width - RIM_PX));
  return { left, top: RIM_PX, maxHeight: Math.max(0, bounds.height - 2 * RIM_PX) };
}

/** Return the layout box of `element` in `layer`, which is positioned; CSS transforms do not affect it. */
export function boxIn(layer: HTMLElement, element: HTMLElement): Box {
  let [left, top] = [0, 0];
  let at: Element | null = element;
  while (at instanceof HTMLElement && at !== layer) {
    left += at.offsetLeft - (at.parentElement?.scrollLeft ?? 0);
    top += at.offsetTop - (at.parentElement?.scrollTop ?? 0);
    at = at.offsetParent;
  }
  return { left, top, width: element.offsetWidth, height: element.offsetHeight };
}
