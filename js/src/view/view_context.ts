import type { ViewLayout } from "../flow/view_transform.ts";
import type { CoordinateMapper } from "./coordinate_mapper.ts";
import type { LinkHandle } from "./link_handle.ts";
import type { Zoom } from "./zoom.ts";

/** The part of a view that its controls use. */
export interface ViewContext {
  readonly link: LinkHandle;
  /** The whole view, which goes full screen. */
  readonly root: HTMLElement;
  readonly viewport: HTMLElement;
  /** Holds the decoded picture; undefined before the first one. */
  readonly canvas: HTMLCanvasElement | undefined;
  /** Whether any of it is in the visible part of the page. */
  readonly onScreen: boolean;
  /** Undefined before the first picture. */
  readonly layout: ViewLayout | undefined;
  readonly coordinateMapper: CoordinateMapper;
  readonly zoom: Zoom;
  /** Move the keyboard focus to the picture. */
  focusPicture(): void;
}
