import type { Size } from "../flow/geometry.ts";
import type { ManualSize } from "../host/settings.ts";
import type { Traits } from "../host/traits.ts";

/** A smaller view would be hard to find again. */
export const MIN_PX = 48;

/**
 * Sets the size of a view in its page.
 *
 * Python or the user sets it. Of the frames, only the aspect ratio matters: by default a view is as wide as its picture
 * at the view's height, but no wider than its container, where its height shrinks in proportion. Frames that follow the
 * size of the view are ignored, so they can never make it grow.
 */
export class ViewSize {
  readonly #root: HTMLElement;
  readonly #traits: Traits;
  /** Undefined before the first frame; until then the trait `picture_size` applies. */
  #frame: Size | undefined;
  #manualSize: ManualSize | undefined;

  constructor(root: HTMLElement, traits: Traits) {
    this.#root = root;
    this.#traits = traits;
  }

  /**
   * Adopt the frames' aspect ratio, unless they were rendered for the view's current size, `shown` in device pixels.
   */
  followFrame(frame: Size, shown: Size | undefined): void {
    if (this.#frame !== undefined && shown !== undefined && isRenderedFor(shown, frame)) return;
    this.#frame = frame;
    this.apply();
  }

  /** Set the size that the user chose; undefined for the one that Python set. */
  set manualSize(manualSize: ManualSize | undefined) {
    this.#manualSize = manualSize && {
      width: manualSize.width === undefined ? undefined : Math.max(MIN_PX, Math.round(manualSize.width)),
      height: Math.max(MIN_PX, Math.round(manualSize.height)),
    };
    this.apply();
  }

  /** Apply the traits that Python set. */
  apply(): void {
    if (this.#manualSize !== undefined) return this.#applySize(this.#manualSize);
    const { width, height } = this.#traits;
    const maxWidth = this.#pictureWidth;
    const aspect = this.#aspect ?? (maxWidth === undefined ? undefined : `${maxWidth} / ${height}`);
    this.#applySize({ width: width === "full" || width === 0 ? undefined : width, height }, aspect, maxWidth);
  }

  /** An undefined `width` means full width, at most `maxWidth`. With an `aspect`, the height follows from the width. */
  #applySize({ width, height }: ManualSize, aspect?: string, maxWidth?: number): void {
    const { style } = this.#root;
    style.width = width === undefined ? "" : `${width}px`;
    style.maxWidth = maxWidth === undefined ? "" : `${maxWidth}px`;
    style.setProperty("--_wanted", style.maxWidth);
    style.aspectRatio = aspect ?? "";
    style.height = aspect === undefined ? `${height}px` : "";
    style.minHeight = maxWidth === undefined ? "" : `${Math.min(height, MIN_PX)}px`;
  }

  /**
   * The picture's width at the view's height, in whole CSS pixels so that the height is whole too; undefined if the
   * view does not follow it. A picture narrower than the minimum is centred.
   */
  get #pictureWidth(): number | undefined {
    const { width, height, aspect, followsView } = this.#traits;
    const frame = this.#knownFrame;
    if (width !== 0 || aspect !== 0 || followsView || frame === undefined) return undefined;
    return Math.max(MIN_PX, Math.round((height * frame.width) / frame.height));
  }

  /** Undefined if the height applies, as before the first frame if its aspect ratio is unknown. */
  get #aspect(): string | undefined {
    const { aspect } = this.#traits;
    if (aspect === "frame") return this.#proportions;
    return aspect > 0 ? String(aspect) : undefined;
  }

  get #proportions(): string | undefined {
    const frame = this.#knownFrame;
    return frame && `${frame.width} / ${frame.height}`;
  }

  get #knownFrame(): Size | undefined {
    return this.#frame ?? this.#traits.pictureSize;
  }
}

/** Whether a frame was rendered for `shown`; a renderer may round by a pixel. */
function isRenderedFor(shown: Size, frame: Size): boolean {
  return Math.abs(shown.width - frame.width) < 2 && Math.abs(shown.height - frame.height) < 2;
}
