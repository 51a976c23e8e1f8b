import type { Fit } from "../flow/geometry.ts";
import { Observable } from "../flow/observable.ts";
import type { Region } from "../flow/view_transform.ts";
import type { Traits, VersionedSettings } from "./traits.ts";

/** The visible part of the picture and its zoom factor, as reported to Python. */
export interface VisiblePart {
  readonly region: Region;
  readonly zoom: number;
}

/** The size to which the user dragged a view, CSS pixels; a width of undefined is the full width. */
export interface ManualSize {
  readonly width: number | undefined;
  readonly height: number;
}

/** The user's choices and visible part, to report to Python. */
export interface Choices {
  readonly paused?: boolean;
  readonly codec?: string;
  readonly seen?: VisiblePart;
}

/** The region or zoom that Python requested; a view turns it into a transform once it has a picture. */
export type Goal = { readonly region: Region | undefined } | { readonly zoom: number };

/**
 * The settings that both the user and Python can change; the last change wins.
 *
 * Python writes them to the trait `settings`, each with a serial number: without it, the page could not distinguish a
 * new setting from one that the user has undone since. The page reports the user's choices as custom messages, so that
 * no cell re-runs.
 */
export class Settings {
  readonly paused = new Observable(false);
  readonly fit: Observable<Fit>;
  /** The codec that the user or Python chose; empty for the server's choice. */
  readonly wantedCodec = new Observable("");
  /** What Python wants the views to show; undefined once a view has applied it. */
  readonly goal = new Observable<Goal | undefined>(undefined);
  /** The size that the user chose with the resize handle; undefined for the one that Python set. */
  readonly manualSize = new Observable<ManualSize | undefined>(undefined);
  readonly #traits: Traits;
  readonly #report: (choices: Choices) => void;
  readonly #serials = new Map<keyof VersionedSettings, number>();
  #isApplyingSettings = false;

  constructor(traits: Traits, report: (choices: Choices) => void, signal: AbortSignal) {
    this.#traits = traits;
    this.#report = report;
    this.fit = new Observable(traits.fit);
    traits.onChange(["fit"], () => (this.fit.value = traits.fit), signal);
    traits.onChange(["width", "height", "aspect"], () => (this.manualSize.value = undefined), signal);
    traits.onChange(["settings"], () => this.#applySettings(), signal);
    this.paused.follow((paused) => this.#reportChoices({ paused }), signal);
    this.wantedCodec.follow((codec) => this.#reportChoices({ codec }), signal);
    this.#applySettings();
  }

  /** Report the visible part to Python. */
  reportVisible(seen: VisiblePart): void {
    this.#report({ seen });
  }

  #reportChoices(choices: Choices): void {
    if (!this.#isApplyingSettings) this.#report(choices);
  }

  #applySettings(): void {
    const { paused, codec, region, zoom } = this.#traits.settings;
    this.#isApplyingSettings = true;
    if (this.#isNew("paused", paused?.[0])) this.paused.value = paused?.[1] ?? false;
    if (this.#isNew("codec", codec?.[0])) this.wantedCodec.value = codec?.[1] ?? "";
    const isNewRegion = this.#isNew("region", region?.[0]);
    const isNewZoom = this.#isNew("zoom", zoom?.[0]);
    // The higher serial wins: to a page that has just loaded, both are new.
    if (isNewZoom && (zoom?.[0] ?? 0) > (region?.[0] ?? 0)) this.goal.value = { zoom: zoom?.[1] ?? 1 };
    else if (isNewRegion) this.goal.value = { region: toRegion(region?.[1]) };
    this.#isApplyingSettings = false;
  }

  #isNew(name: keyof VersionedSettings, serial: number | undefined): boolean {
    if (serial === undefined || serial === this.#serials.get(name)) return false;
    this.#serials.set(name, serial);
    return true;
  }
}

function toRegion(sides: readonly [number, number, number, number] | null | undefined): Region | undefined {
  if (!sides) return undefined;
  const [x, y, width, height] = sides;
  return { x, y, width, height };
}
