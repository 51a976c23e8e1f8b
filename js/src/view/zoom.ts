import type { Point } from "../flow/geometry.ts";
import type { ViewLayout, ViewTransform } from "../flow/view_transform.ts";
import { WHOLE, clampTransform, panBy, panZoom, transformOf, zoomAt } from "../flow/view_transform.ts";
import type { Goal, Settings } from "../host/settings.ts";
import type { SharedTransform } from "./shared_transform.ts";

/** Zooms and pans a view; does nothing before the first picture. Points are CSS pixels of the viewport. */
export class Zoom {
  readonly #sharedTransform: SharedTransform;
  readonly #settings: Settings;
  readonly #layout: () => ViewLayout | undefined;

  constructor(sharedTransform: SharedTransform, settings: Settings, layout: () => ViewLayout | undefined) {
    this.#sharedTransform = sharedTransform;
    this.#settings = settings;
    this.#layout = layout;
  }

  /** The current transform, clamped to the view's layout. */
  get transform(): ViewTransform {
    const layout = this.#layout();
    return layout === undefined ? WHOLE : clampTransform(this.#sharedTransform.transform, layout);
  }

  /** Whether the picture is zoomed in. */
  get isZoomed(): boolean {
    return this.#sharedTransform.transform.zoom > 1;
  }

  /** Zoom by `factor` around the point `css`, or around the middle of the view. */
  by(factor: number, css: Point | undefined, isSmooth: boolean): void {
    this.#set((layout) => zoomAt(this.#sharedTransform.transform, factor, css ?? middleOf(layout), layout), isSmooth);
  }

  /** Move the picture by `css`. */
  pan(css: Point, isSmooth: boolean): void {
    this.#set((layout) => panBy(this.#sharedTransform.transform, css, layout), isSmooth);
  }

  /** Apply `transform`, zoomed by `factor` and with the point at `from` moved to `to`. */
  panZoom(transform: ViewTransform, from: Point, to: Point, factor: number): void {
    this.#set((layout) => panZoom(transform, from, to, factor, layout), false);
  }

  /** Show the whole picture. */
  reset(): void {
    this.#sharedTransform.set(WHOLE, true);
  }

  /** Apply and clear Python's goal, if there is one and a picture to show it in. */
  applyGoal(): void {
    const { goal } = this.#settings;
    const wanted = goal.value;
    if (wanted === undefined || this.#layout() === undefined) return;
    goal.value = undefined;
    this.#set((layout) => this.#transformOf(wanted, layout), true);
    this.#sharedTransform.reportAgain();
  }

  #transformOf(goal: Goal, layout: ViewLayout): ViewTransform {
    if ("zoom" in goal) return clampTransform({ ...this.#sharedTransform.transform, zoom: goal.zoom }, layout);
    return goal.region === undefined ? WHOLE : transformOf(goal.region, layout);
  }

  #set(through: (layout: ViewLayout) => ViewTransform, isSmooth: boolean): void {
    const layout = this.#layout();
    if (layout !== undefined) this.#sharedTransform.set(through(layout), isSmooth);
  }
}

function middleOf({ viewport }: ViewLayout): Point {
  return { x: viewport.width / 2, y: viewport.height / 2 };
}
