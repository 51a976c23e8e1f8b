import type { Fit } from "./flow/geometry.ts";
import type { Model } from "./model.ts";
import type { Address } from "./resolve_url.ts";

const FITS: readonly Fit[] = ["contain", "cover", "fill"];
const DEFAULT_HEIGHT = 480;

/** Typed reading of what Python set. A stub or an older Python side may lack a trait; then its default counts. */
export class Traits {
  readonly #model: Model;

  constructor(model: Model) {
    this.#model = model;
  }

  get address(): Address {
    return {
      url: this.#string("url", ""),
      basePath: this.#string("base_path", ""),
      host: this.#string("host", "127.0.0.1"),
      port: this.#number("port", 0),
      stream: this.stream,
      hub: this.#string("hub", ""),
      isFree: this.#boolean("finds_way", false),
    };
  }

  get stream(): string {
    return this.#string("stream", "default");
  }

  get token(): string {
    return this.#string("token", "");
  }

  /** CSS pixels, never 0: an output area has no height of its own. */
  get height(): number {
    const height = this.#number("height", DEFAULT_HEIGHT);
    return height > 0 ? height : DEFAULT_HEIGHT;
  }

  get fit(): Fit {
    const fit = this.#string("fit", "contain");
    return FITS.find((known) => known === fit) ?? "contain";
  }

  get mainThreadPresent(): boolean {
    return this.#boolean("main_thread_present", true);
  }

  get interactive(): boolean {
    return this.#boolean("interactive", true);
  }

  get alt(): string {
    return this.#string("alt", "") || `Live picture of stream ${this.stream}`;
  }

  /** A JPEG of the picture; undefined when there is none. Hosts hand bytes over in different wrappings. */
  get poster(): Uint8Array<ArrayBuffer> | undefined {
    const bytes = toBytes(this.#model.get("poster"));
    return bytes === undefined || bytes.byteLength === 0 ? undefined : bytes;
  }

  /** Whether a cell of the notebook wants to run again for what a person does. */
  get tellsEvents(): boolean {
    return this.#boolean("tells_events", false);
  }

  get workerUrl(): string {
    return this.#string("worker_url", "");
  }

  get showsStatus(): boolean {
    return this.showsChrome && this.#boolean("show_status", true);
  }

  get showsChrome(): boolean {
    return this.#boolean("chrome", true);
  }

  /** Call `callback` once after any of `names` changed, however many of them changed at the same time. */
  onChange(names: readonly string[], callback: () => void, signal: AbortSignal): void {
    let scheduled = false;
    const listener = (): void => {
      if (scheduled) return;
      scheduled = true;
      queueMicrotask(() => {
        scheduled = false;
        if (!signal.aborted) callback();
      });
    };
    for (const name of names) this.#model.on(`change:${name}`, listener);
    signal.addEventListener("abort", () => {
      for (const name of names) this.#model.off(`change:${name}`, listener);
    });
  }

  #string(name: string, missing: string): string {
    const value = this.#model.get(name);
    return typeof value === "string" ? value : missing;
  }

  #number(name: string, missing: number): number {
    const value = this.#model.get(name);
    return typeof value === "number" && Number.isFinite(value) ? value : missing;
  }

  #boolean(name: string, missing: boolean): boolean {
    const value = this.#model.get(name);
    return typeof value === "boolean" ? value : missing;
  }
}

function toBytes(value: unknown): Uint8Array<ArrayBuffer> | undefined {
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  if (!ArrayBuffer.isView(value) || !(value.buffer instanceof ArrayBuffer)) return undefined;
  return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
}
