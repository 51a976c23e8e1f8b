import type { ClientMessage, ServerMessage } from "./messages.ts";

/** The state of a connection; the page shows `negotiated` as "live". */
export type ConnectionState = "connecting" | "open" | "negotiated" | "reconnecting" | "closed" | "error";

/** What carries the pictures: a socket to the hub, one through the page's own server, or the kernel's comm. */
export type TransportKind = "direct" | "same-origin" | "comm";

/** Advice for pages that are not in a plain browser, such as those in VS Code. */
export interface TransportAdvice {
  /** How to get a better transport than the kernel's comm. */
  readonly better: string;
  /** How to get a connection at all. */
  readonly remedy: string;
}

/** A transport that may work. The kernel's comm has an empty `url`. */
export interface TransportCandidate {
  readonly kind: TransportKind;
  readonly url: string;
  /** Replaces the general advice. */
  readonly advice?: TransportAdvice;
}

/** The stream's transport candidates, best first, and the content of `hello`. */
export interface Target {
  readonly candidates: readonly TransportCandidate[];
  /**
   * Probes with an HTTP request whether the page's own server can forward sockets; empty if there is no such server.
   */
  readonly probeUrl: string;
  /** The token or ticket; empty for none. */
  readonly token: string;
  /** The id of the view; empty for none. */
  readonly view: string;
  /** The version of the page's script. */
  readonly version: string;
  readonly devicePixelRatio: number;
}

/** The state of a link, and its transport. */
export interface LinkState {
  readonly state: ConnectionState;
  /** What is wrong and what to do; empty if nothing is wrong. */
  readonly error: string;
  /** Undefined while there is no connection. */
  readonly transport: TransportKind | undefined;
  /** Why this transport is used and no better one, or why there is none. */
  readonly why: string;
  /** What to fix although there is a connection; absent if nothing. */
  readonly remedy?: string;
}

/** A command to Python's end of a connection over the kernel's comm. */
export type CommCommand =
  { readonly say: "open" } | { readonly say: "text"; readonly text: string } | { readonly say: "close" };

/**
 * The properties of a frame apart from its pixels.
 *
 * The size is that of the published frame, in whose pixels events are given; the bitmap may be a smaller rendition.
 */
export interface FrameShape {
  readonly width: number;
  readonly height: number;
  readonly pixelRatio: number;
}

/**
 * What replaces the pixels of a rectangle, transparent ones too. A whole picture is a single one.
 *
 * The rectangle is in pixels of the frame; the bitmap may have another size, and is stretched to it.
 */
export interface RectBitmap {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly bitmap: ImageBitmap;
}

/** The content of the trait `stats`, whose names are public, with the server's last `stats` message merged in. */
export interface LinkStats {
  readonly framesDisplayed: number;
  readonly framesDropped: number;
  readonly lastDisplayedSeq: number;
  readonly decodeQueueSize: number;
  /** The codec: a MIME type or a video codec string. */
  readonly codec: string;
  readonly transport: string;
  readonly why: string;
  readonly [serverField: string]: number | string;
}

/** A file that the server sent, under the name that it suggests. */
export interface SentFile {
  readonly name: string;
  readonly mime: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Live statistics, for subscribers only. */
export interface LiveStats {
  readonly stats: LinkStats;
  /** Milliseconds between displayed frames since the last report, oldest first. */
  readonly intervalsMs: readonly number[];
}

/**
 * Page to worker.
 *
 * The names of the types, and of the fields that detect a version mismatch, must not change: a worker script at
 * `worker_url` may be of another version, and must still be able to detect and report that.
 *
 * A bare number is the ticket of a frame that the page has displayed. It is the only message sent per frame, and a
 * number is the cheapest to send.
 */
export type ToWorker =
  | number
  | { readonly type: "connect"; readonly target: Target; readonly offscreen: boolean }
  | { readonly type: "send"; readonly messages: readonly ClientMessage[] }
  | { readonly type: "wake" }
  | { readonly type: "retry" }
  | { readonly type: "disconnect" }
  | { readonly type: "comm"; readonly id: string; readonly data: string | ArrayBuffer }
  | { readonly type: "comm_closed"; readonly id: string; readonly code: number; readonly reason: string }
  /** The view shows `canvas`, and `spare` only while the worker wants it to. */
  | {
      readonly type: "canvas";
      readonly id: number;
      readonly canvas: OffscreenCanvas;
      readonly spare: OffscreenCanvas;
    }
  | { readonly type: "canvas_gone"; readonly id: number }
  /** Whether to post live statistics several times a second. */
  | { readonly type: "watch"; readonly watching: boolean }
  /** Whether to post a message for each frame that the worker paints. */
  | { readonly type: "follow"; readonly following: boolean };

/** Worker to page. Tickets count a worker's frames from 1, across its connections. */
export type FromWorker =
  | {
      readonly type: "frame";
      readonly ticket: number;
      readonly bitmaps: readonly RectBitmap[];
      readonly isWhole: boolean;
      readonly shape: FrameShape;
    }
  | { readonly type: "shape"; readonly shape: FrameShape }
  /** Which of its two canvases a view is to show. */
  | { readonly type: "canvas_shown"; readonly id: number; readonly isSpare: boolean }
  | { readonly type: "standing"; readonly standing: LinkState }
  /** The server rejected the token in `hello`. */
  | { readonly type: "refused" }
  | { readonly type: "comm"; readonly id: string; readonly message: CommCommand }
  | { readonly type: "server"; readonly message: ServerMessage }
  | { readonly type: "stats"; readonly stats: LinkStats }
  | { readonly type: "gauges"; readonly gauges: LiveStats }
  | { readonly type: "painted" }
  | {
      readonly type: "captured";
      readonly id: number;
      readonly mime: string;
      readonly bytes: Uint8Array<ArrayBuffer>;
    }
  /** A file for the user to save. */
  | ({ readonly type: "file" } & SentFile);
