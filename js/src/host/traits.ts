import type { Fit, Size } from "../flow/geometry.ts";
import type { ToolName } from "../wire/constants.ts";
import { DEFAULT_TOOLS, TOOLS } from "../wire/constants.ts";
import type { Model } from "./model.ts";

/** Where the server is, according to the traits. */
export interface StreamAddress {
  readonly url: string;
  readonly basePath: string;
  readonly host: string;
  readonly port: number;
  readonly stream: string;
  /** The hub's name in the proxy of marimo's server; empty where there is no proxy. */
  readonly hub: string;
  /** Whether the page may use other transports than `host` and `port`. */
  readonly autoTransport: boolean;
}

/** Which gestures zoom and pan: those with a modifier key held, all of them, or none. */
export type ZoomBy = "modifier" | "gesture" | "none";

/** Python's last value of each setting that the user can change too, with a serial number; see `Settings`. */
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

/** Typed access to the traits that Python set. If a stub or an older Python side lacks a trait, its default applies. */
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

  /** Identifies the view in `hello`; empty for a Python side that needs no id. */
  get viewId(): string {
    return this.#string("view_id", "");
  }

  get stream(): string {
    return this.#string("stream", "default");
  }

  /** The version of marimo-rfb in the kernel; empty if unknown. */
  get version(): string {
    return this.#string("version", "");
  }

  /** Why this kind of kernel cannot show a live picture, and the remedy; empty if it can. */
  get obstacle(): string {
    return this.#string("obstacle", "");
  }

  /** The token, set only where there is no Python to request it from. */
  get token(): string {
    return this.#string("token", "");
  }

  /** Stands in for the token for a minute; empty if there is none. */
  get ticket(): string {
    return this.#string("ticket", "");
  }

  /** Whether Python has a token to send. */
  get hasToken(): boolean {
    return this.#boolean("has_token", false);
  }

  /** CSS pixels, never 0, because an output area has no height of its own. */
  get height(): number {
    const height = this.#number("height", DEFAULT_HEIGHT);
    return height > 0 ? height : DEFAULT_HEIGHT;
  }

  get fit(): Fit {
    const fit = this.#string("fit", "contain");
    return FITS.find((known) => known === fit) ?? "contain";
  }

  /** CSS pixels; 0 for the picture's width at the view's height, `"full"` for the full width. */
  get width(): number | "full" {
    return this.#model.get("width") === "full" ? "full" : Math.max(0, this.#number("width", 0));
  }

  /** The size of the frames, known before the first one arrives; undefined if it is not. */
  get pictureSize(): Size | undefined {
    const size: unknown = this.#model.get("picture_size");
    const [width, height] = Array.isArray(size) ? (size as unknown[]) : [];
    return isLength(width) && isLength(height) ? { width, height } : undefined;
  }

  /** Whether the frames are rendered at the size of the view. */
  get followsView(): boolean {
    return this.#boolean("follows_view", false);
  }

  /** The aspect ratio of the view, `"frame"` for that of the frames; 0 if `height` applies. */
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

  /** Views with the same name pan and zoom together; empty for a view that is not linked. */
  get linked(): string {
    return this.#string("linked", "");
  }

  /** Whether a two-finger pinch is sent as a wheel event with Control held, not as touches. */
  get pinchAsWheel(): boolean {
    return this.#boolean("pinch_as_wheel", false);
  }

  /** Whether the view accepts text from input methods and on-screen keyboards. */
  get textInput(): boolean {
    return this.#boolean("text_input", false);
  }

  /** Whether the view may read from and write to the clipboard. */
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

  /** A JPEG or PNG of the picture; undefined if there is none. Hosts wrap bytes in different types. */
  get poster(): Uint8Array<ArrayBuffer> | undefined {
    const bytes = toBytes(this.#model.get("poster"));
    return bytes === undefined || bytes.byteLength === 0 ? undefined : bytes;
  }

  /** Whether the page writes discrete events to `last_event`, so that cells re-run. */
  get syncsLastEvent(): boolean {
    return this.#boolean("sync_last_event", false);
  }

  get workerUrl(): string {
    return this.#string("worker_url", "");
  }

  get showsStats(): boolean {
    return this.showsChrome && this.#boolean("show_stats", false);
  }

  /** The tools of the toolbar, in order; empty for no toolbar. */
  get tools(): readonly ToolName[] {
    if (!this.showsChrome || !this.#boolean("show_toolbar", true)) return [];
    const names = this.#model.get("toolbar");
    if (!Array.isArray(names)) return DEFAULT_TOOLS;
    return names.flatMap((name) => TOOLS.filter((tool) => tool === name));
  }

  get showsStatus(): boolean {
    return this.showsChrome && this.#boolean("show_status", true);
  }

  get showsChrome(): boolean {
    return this.#boolean("chrome", true);
  }

  /** Call `callback` after any of `names` changed; simultaneous changes cause one call. */
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
