import type { Size } from "../flow/geometry.ts";
import type { Traits } from "../traits.ts";

/** What a person made of a view by its corner, CSS pixels; undefined where they changed nothing. */
export interface Resized {
  readonly width: number | undefined;
  readonly height: number;
}

/** A view that is smaller could not be found again. */
export const LEAST_PX = 48;

/**
 * How large a view is in its page.
 *
 * By the cell's width, by what Python set, or by what a person made of it; never by the size of the frames, but for their
 * proportions where Python asks for them. So frames that follow the size of the view can never make it grow.
 */
export class Extent {
  readonly #root: HTMLElement;
  readonly #traits: Traits;
  #frame: Size | undefined;
  #resized: Resized | undefined;

  constructor(root: HTMLElement, traits: Traits) {
    this.#root = root;
    this.#traits = traits;
  }

  /** The size of the frames. */
  set frame(frame: Size) {
    this.#frame = frame;
    this.apply();
  }

  /** Take the size that a person wants; undefined for the one that Python set. */
  set resized(resized: Resized | undefined) {
    this.#resized = resized && {
      width: resized.width === undefined ? undefined : Math.max(LEAST_PX, Math.round(resized.width)),
      height: Math.max(LEAST_PX, Math.round(resized.height)),
    };
    this.apply();
  }

  /** Take up what Python set. */
  apply(): void {
    const { width, height } = this.#traits;
    const aspect = this.#resized === undefined ? this.#aspect : undefined;
    const { style } = this.#root;
    const shownWidth = this.#resized?.width ?? (width || undefined);
    style.width = shownWidth === undefined ? "" : `${shownWidth}px`;
    style.aspectRatio = aspect ?? "";
    style.height = aspect === undefined ? `${this.#resized?.height ?? height}px` : "";
  }

  /** Before the first frame its proportions are not known, and the height counts. */
  get #aspect(): string | undefined {
    const { aspect } = this.#traits;
    if (aspect === "frame") return this.#frame && `${this.#frame.width} / ${this.#frame.height}`;
    return aspect > 0 ? String(aspect) : undefined;
  }
}
