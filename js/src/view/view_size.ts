import type { Size } from "../flow/geometry.ts";
import type { ManualSize } from "../host/settings.ts";
import type { Traits } from "../host/traits.ts";

/** A view that is smaller could not be found again. */
export const MIN_PX = 48;

/**
 * How large a view is in its page.
 *
 * By what Python set, or by what a person made of it; never by the size of the frames, but for their proportions: a view
 * is as wide as its picture at the view's height, and no wider than its place, where it is lower too. Frames that follow
 * the size of the view have no say in it, so they can never make it grow.
 */
export class ViewSize {
  readonly #root: HTMLElement;
  readonly #traits: Traits;
  /** Before the first frame the stream's announced size counts. */
  #frame: Size | undefined;
  #manualSize: ManualSize | undefined;

  constructor(root: HTMLElement, traits: Traits) {
    this.#root = root;
    this.#traits = traits;
  }

  /** Take the proportions of the frames, unless those were rendered for the view as it is, `shown` in device pixels. */
  followFrame(frame: Size, shown: Size | undefined): void {
    if (this.#frame !== undefined && shown !== undefined && isRenderedFor(shown, frame)) return;
    this.#frame = frame;
    this.apply();
  }

  /** Take the size that a person wants; undefined for the one that Python set. */
  set manualSize(manualSize: ManualSize | undefined) {
    this.#manualSize = manualSize && {
      width: manualSize.width === undefined ? undefined : Math.max(MIN_PX, Math.round(manualSize.width)),
      height: Math.max(MIN_PX, Math.round(manualSize.height)),
    };
    this.apply();
  }

  /** Take up what Python set. */
  apply(): void {
    if (this.#manualSize !== undefined) return this.#applySize(this.#manualSize);
    const { width, height } = this.#traits;
    const maxWidth = this.#pictureWidth;
    const aspect = this.#aspect ?? (maxWidth === undefined ? undefined : `${maxWidth} / ${height}`);
    this.#applySize({ width: width === "full" || width === 0 ? undefined : width, height }, aspect, maxWidth);
  }

  /** `width` is all there is where undefined; with an `aspect` the height follows from it, up to `maxWidth`. */
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
   * How wide the picture is at the view's height, whole CSS pixels, so that the height comes out whole too; undefined where
   * the view does not follow it. One that is narrower than a view may be stands in the middle.
   */
  get #pictureWidth(): number | undefined {
    const { width, height, aspect, followsView } = this.#traits;
    const frame = this.#knownFrame;
    if (width !== 0 || aspect !== 0 || followsView || frame === undefined) return undefined;
    return Math.max(MIN_PX, Math.round((height * frame.width) / frame.height));
  }

  /** Before the first frame its proportions may not be known, and the height counts. */
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

/** Whether a frame fills `shown`, but for the odd pixel that whoever renders for it leaves out. */
function isRenderedFor(shown: Size, frame: Size): boolean {
  return Math.abs(shown.width - frame.width) < 2 && Math.abs(shown.height - frame.height) < 2;
}
