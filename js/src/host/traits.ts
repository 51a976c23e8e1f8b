import type { Fit, Size } from "../flow/geometry.ts";
import type { ToolName } from "../wire/constants.ts";
import { TOOLS } from "../wire/constants.ts";
import type { Model } from "./model.ts";

/** Where the server is, according to the traits. */
export interface StreamAddress {
  readonly url: string;
  readonly basePath: string;
  readonly host: string;
  readonly port: number;
  readonly stream: string;
  /** Where marimo's own server finds the hub; empty when it does not. */
  readonly hub: string;
  /** Whether the page may look for another transport than `host` and `port`. */
  readonly autoTransport: boolean;
}

/** Whose the wheel, a pinch, a double click and a drag are that have no modifier key held. */
export type ZoomBy = "modifier" | "gesture" | "none";

/** What a person and Python both set. Python's last setting of each, with a number that distinguishes it from the one before. */
export interface VersionedSettings {
  readonly paused?: readonly [serial: number, paused: boolean];
  readonly codec?: readonly [serial: number, codec: string];
  /** x, y, width, height in frame pixels; null is the whole picture. */
  readonly region?: readonly [serial: number, region: readonly [number, number, number, number] | null];
  readonly zoom?: readonly [serial: number, zoom: number];
}

const ZOOM_BYS: readonly ZoomBy[] = ["modifier", "gesture", "none"];
const FITS: readonly Fit[] = ["contain", "cover", "fill"];
const DEFAULT_HEIGHT = 480;

/** Typed reading of what Python set. A stub or an older Python side may lack a trait; then its default counts. */
export class Traits {
  readonly #model: Model;

  constructor(model: Model) {
    this.#model = model;
  }

  get address(): StreamAddress {
    return {
      url: this.#string("url", ""),
      basePath: this.#string("base_path", ""),
      host: this.#string("host", "127.0.0.1"),
      port: this.#number("port", 0),
      stream: this.stream,
      hub: this.#string("hub", ""),
      autoTransport: this.#boolean("auto_transport", false),
    };
  }

  /** Names the view in `hello`; empty where Python does not ask for that. */
  get viewId(): string {
    return this.#string("view_id", "");
  }

  get stream(): string {
    return this.#string("stream", "default");
  }

  /** Of marimo-rfb in the kernel; empty when it is unknown. */
  get version(): string {
    return this.#string("version", "");
  }

  /** Why there can be no live picture in this kind of kernel, and what it takes; empty where there can. */
  get obstacle(): string {
    return this.#string("obstacle", "");
  }

  /** Only of a host that has no Python to ask for it. */
  get token(): string {
    return this.#string("token", "");
  }

  /** Stands for the token for a minute; empty when there is none. */
  get ticket(): string {
    return this.#string("ticket", "");
  }

  /** Whether Python has a token to send. */
  get hasToken(): boolean {
    return this.#boolean("has_token", false);
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

  /** CSS pixels; 0 for that of the picture at its height, `"full"` for all there is. */
  get width(): number | "full" {
    return this.#model.get("width") === "full" ? "full" : Math.max(0, this.#number("width", 0));
  }

  /** Of the pictures, before the first one comes; undefined where that is not known. */
  get pictureSize(): Size | undefined {
    const size: unknown = this.#model.get("picture_size");
    const [width, height] = Array.isArray(size) ? (size as unknown[]) : [];
    return isLength(width) && isLength(height) ? { width, height } : undefined;
  }

  /** Whether the pictures follow the size of the view. */
  get followsView(): boolean {
    return this.#boolean("follows_view", false);
  }

  /** Width by height of the view, `"frame"` for that of the picture; 0 where `height` counts. */
  get aspect(): number | "frame" {
    return this.#model.get("aspect") === "frame" ? "frame" : Math.max(0, this.#number("aspect", 0));
  }

  get resizable(): boolean {
    return this.#boolean("resizable", false);
  }

  get zoomBy(): ZoomBy {
    const zoomBy = this.#string("zoom_by", "modifier");
    return ZOOM_BYS.find((known) => known === zoomBy) ?? "modifier";
  }

  /** Views of the page with the same name here show the same part of their pictures; empty for none. */
  get linked(): string {
    return this.#string("linked", "");
  }

  /** Whether a pinch of two fingers is sent as a wheel with Control held, not as touches. */
  get pinchAsWheel(): boolean {
    return this.#boolean("pinch_as_wheel", false);
  }

  /** Whether text is typed, with an input method and on a screen's keyboard. */
  get textInput(): boolean {
    return this.#boolean("text_input", false);
  }

  /** Whether text may go to and come from the clipboard. */
  get clipboard(): boolean {
    return this.#boolean("clipboard", false);
  }

  get settings(): VersionedSettings {
    const settings = this.#model.get("settings");
    return typeof settings === "object" && settings !== null ? settings : {};
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
  get syncsLastEvent(): boolean {
    return this.#boolean("sync_last_event", false);
  }

  get workerUrl(): string {
    return this.#string("worker_url", "");
  }

  get showsStats(): boolean {
    return this.showsChrome && this.#boolean("show_stats", false);
  }

  /** What the toolbar holds, in order; empty when there is none. */
  get tools(): readonly ToolName[] {
    if (!this.showsChrome || !this.#boolean("show_toolbar", true)) return [];
    const names = this.#model.get("toolbar");
    if (!Array.isArray(names)) return TOOLS;
    return names.flatMap((name) => TOOLS.filter((tool) => tool === name));
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

function isLength(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value) && value > 0;
}

function toBytes(value: unknown): Uint8Array<ArrayBuffer> | undefined {
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  if (!ArrayBuffer.isView(value) || !(value.buffer instanceof ArrayBuffer)) return undefined;
  return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
}
