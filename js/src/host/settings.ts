import type { Fit } from "../flow/geometry.ts";
import { Observable } from "../flow/observable.ts";
import type { Region } from "../flow/view_transform.ts";
import type { Traits, VersionedSettings } from "./traits.ts";

/** The part of the picture that is seen, and how much larger than fitted, as reported to Python. */
export interface VisiblePart {
  readonly region: Region;
  readonly zoom: number;
}

/** What a person made of a view by its corner, CSS pixels; undefined where they changed nothing. */
export interface ManualSize {
  readonly width: number | undefined;
  readonly height: number;
}

/** What a person chose, or Python; whichever was last. */
export interface Choices {
  readonly paused?: boolean;
  readonly codec?: string;
  readonly seen?: VisiblePart;
}

/** Where Python wants to look; a view makes a transform of it as soon as it has a picture. */
export type Goal = { readonly region: Region | undefined } | { readonly zoom: number };

/**
 * What a person and Python both set.
 *
 * Python sets the trait `settings`, each with a number: a value alone would not distinguish a setting from one that a
 * person has undone since. What a person chooses is reported by custom message, so that no cell runs again for it.
 */
export class Settings {
  readonly paused = new Observable(false);
  readonly fit: Observable<Fit>;
  /** What the pictures should be encoded as; empty for the server's choice. */
  readonly wantedCodec = new Observable("");
  /** Where Python wants to look, until a view has taken it. */
  readonly goal = new Observable<Goal | undefined>(undefined);
  /** What a person made of the views by their corners; undefined for what Python set. */
  readonly manualSize = new Observable<ManualSize | undefined>(undefined);
  readonly #traits: Traits;
  readonly #report: (choices: Choices) => void;
  readonly #serials = new Map<keyof VersionedSettings, number>();
  #isApplyingWishes = false;

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

  /** Report what is seen now. */
  reportVisible(seen: VisiblePart): void {
    this.#report({ seen });
  }

  #reportChoices(choices: Choices): void {
    if (!this.#isApplyingWishes) this.#report(choices);
  }

  #applySettings(): void {
    const { paused, codec, region, zoom } = this.#traits.settings;
    this.#isApplyingWishes = true;
    if (this.#isNew("paused", paused?.[0])) this.paused.value = paused?.[1] ?? false;
    if (this.#isNew("codec", codec?.[0])) this.wantedCodec.value = codec?.[1] ?? "";
    const isNewRegion = this.#isNew("region", region?.[0]);
    const isNewZoom = this.#isNew("zoom", zoom?.[0]);
    // Of the two the later one is meant: to a page that is loaded again both are new.
    if (isNewZoom && (zoom?.[0] ?? 0) > (region?.[0] ?? 0)) this.goal.value = { zoom: zoom?.[1] ?? 1 };
    else if (isNewRegion) this.goal.value = { region: toRegion(region?.[1]) };
    this.#isApplyingWishes = false;
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
