import type { ViewLayout } from "../flow/view_transform.ts";
import type { CoordinateMapper } from "./coordinate_mapper.ts";
import type { LinkHandle } from "./link_handle.ts";
import type { Zoom } from "./zoom.ts";

/** What the controls of a view see of it. */
export interface ViewContext {
  readonly link: LinkHandle;
  /** The whole view: what fills the screen in full screen. */
  readonly root: HTMLElement;
  readonly viewport: HTMLElement;
  /** Holds the picture as it was decoded; undefined before there is one. */
  readonly canvas: HTMLCanvasElement | undefined;
  /** Undefined before there is a picture. */
  readonly layout: ViewLayout | undefined;
  readonly coordinateMapper: CoordinateMapper;
  readonly zoom: Zoom;
  /** Give the keyboard to the picture. */
  focusPicture(): void;
}
