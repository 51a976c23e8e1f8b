import type { Scene } from "../flow/lens.ts";
import { WHOLE, panBy, zoomAt } from "../flow/lens.ts";
import type { Sight } from "./sight.ts";

interface Point {
  readonly x: number;
  readonly y: number;
}

/** Moves what a view shows of its picture; does nothing before there is one. Points are CSS pixels of the viewport. */
export class Zoom {
  readonly #sight: Sight;
  readonly #scene: () => Scene | undefined;

  constructor(sight: Sight, scene: () => Scene | undefined) {
    this.#sight = sight;
    this.#scene = scene;
  }

  /** Show it larger by `factor`, smaller below 1; what is at `css`, else in the middle, stays there. */
  by(factor: number, css: Point | undefined, isSmooth: boolean): void {
    const scene = this.#scene();
    if (scene === undefined) return;
    const middle = { x: scene.viewport.width / 2, y: scene.viewport.height / 2 };
    this.#sight.look(zoomAt(this.#sight.lens, factor, css ?? middle, scene), isSmooth);
  }

  /** Move the picture. */
  pan(css: Point, isSmooth: boolean): void {
    const scene = this.#scene();
    if (scene !== undefined) this.#sight.look(panBy(this.#sight.lens, css, scene), isSmooth);
  }

  /** Show all of it. */
  reset(): void {
    this.#sight.look(WHOLE, true);
  }
}
