import type { Point } from "../flow/geometry.ts";
import type { Lens, Scene } from "../flow/view_transform.ts";
import { WHOLE, carryLens, keepInside, lensOf, panBy, zoomAt } from "../flow/view_transform.ts";
import type { Goal, Settings } from "../host/settings.ts";
import type { Sight } from "./shared_transform.ts";

/** Moves what a view shows of its picture; does nothing before there is one. Points are CSS pixels of the viewport. */
export class Zoom {
  readonly #sight: Sight;
  readonly #settings: Settings;
  readonly #scene: () => Scene | undefined;

  constructor(sight: Sight, settings: Settings, scene: () => Scene | undefined) {
    this.#sight = sight;
    this.#settings = settings;
    this.#scene = scene;
  }

  /** What is looked at now. */
  get lens(): Lens {
    const scene = this.#scene();
    return scene === undefined ? WHOLE : keepInside(this.#sight.lens, scene);
  }

  /** Whether less than the fitted picture is seen. */
  get isZoomed(): boolean {
    return this.#sight.lens.zoom > 1;
  }

  /** Show it larger by `factor`, smaller below 1; what is at `css`, else in the middle, stays there. */
  by(factor: number, css: Point | undefined, isSmooth: boolean): void {
    this.#look((scene) => zoomAt(this.#sight.lens, factor, css ?? middleOf(scene), scene), isSmooth);
  }

  /** Move the picture. */
  pan(css: Point, isSmooth: boolean): void {
    this.#look((scene) => panBy(this.#sight.lens, css, scene), isSmooth);
  }

  /** Look through `lens`, but larger by `factor`, and what it shows at `from` at `to`. */
  carry(lens: Lens, from: Point, to: Point, factor: number): void {
    this.#look((scene) => carryLens(lens, from, to, factor, scene), false);
  }

  /** Show all of it. */
  reset(): void {
    this.#sight.look(WHOLE, true);
  }

  /** Go where Python wants to look, if there is such a place and a picture. */
  seek(): void {
    const { goal } = this.#settings;
    const wanted = goal.value;
    if (wanted === undefined || this.#scene() === undefined) return;
    goal.value = undefined;
    this.#look((scene) => this.#lensOf(wanted, scene), true);
    this.#sight.answer();
  }

  #lensOf(goal: Goal, scene: Scene): Lens {
    if ("zoom" in goal) return keepInside({ ...this.#sight.lens, zoom: goal.zoom }, scene);
    return goal.region === undefined ? WHOLE : lensOf(goal.region, scene);
  }

  #look(through: (scene: Scene) => Lens, isSmooth: boolean): void {
    const scene = this.#scene();
    if (scene !== undefined) this.#sight.look(through(scene), isSmooth);
  }
}

function middleOf({ viewport }: Scene): Point {
  return { x: viewport.width / 2, y: viewport.height / 2 };
}
