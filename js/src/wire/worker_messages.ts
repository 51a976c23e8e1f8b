import type { ClientMessage, ServerMessage } from "./messages.ts";

/** The state of a connection; `negotiated` is what a person calls live. */
export type ConnectionState = "connecting" | "open" | "negotiated" | "reconnecting" | "closed" | "error";

/** What carries the pictures: a socket of the hub's, one of the page's own server, or the kernel's comm. */
export type TransportKind = "direct" | "same-origin" | "comm";

/** What a person can do where a page is not in a plain browser. */
export interface TransportAdvice {
  /** For more and better pictures than the kernel's comm carries. */
  readonly better: string;
  /** For any picture at all. */
  readonly remedy: string;
}

/** One path to a stream, that may work or not. The kernel's comm has no address. */
export interface TransportCandidate {
  readonly kind: TransportKind;
  readonly url: string;
  /** In the place of what helps elsewhere. */
  readonly advice?: TransportAdvice;
}

/** Where the stream may be found, best candidate first, and what `hello` contains. */
export interface Target {
  readonly candidates: readonly TransportCandidate[];
  /** Answers a plain request where the page's own server can pass sockets on; empty where there is no such server. */
  readonly probeUrl: string;
  /** What opens the stream, empty for none. */
  readonly token: string;
  /** Names the view; empty for none. */
  readonly view: string;
  /** Of the page's script. */
  readonly version: string;
  readonly devicePixelRatio: number;
}

/** The state of a link, and its transport. */
export interface LinkState {
  readonly state: ConnectionState;
  /** Empty, or what is wrong and what to do. */
  readonly error: string;
  /** Undefined while there is no connection. */
  readonly transport: TransportKind | undefined;
  /** Why it is this transport and no better one, or why there is none. */
  readonly why: string;
  /** What to mend although the pictures come; absent when there is nothing. */
  readonly remedy?: string;
}

/** What a connection over the kernel's comm sends to the other end. */
export type CommCommand =
  { readonly say: "open" } | { readonly say: "text"; readonly text: string } | { readonly say: "close" };

/**
 * What a widget knows of a frame apart from its pixels.
 *
 * The size is that of the published frame, in which events are given; the bitmap may be a smaller rendition of it.
 */
export interface FrameShape {
  readonly width: number;
  readonly height: number;
  readonly pixelRatio: number;
}

/** The numbers of the `stats` trait; the names are public. The last `stats` message of the server is mixed in. */
export interface LinkStats {
  readonly framesDisplayed: number;
  readonly framesDropped: number;
  readonly lastDisplayedSeq: number;
  readonly decodeQueueSize: number;
  /** What the pictures are encoded as: a MIME type, or a video codec. */
  readonly codec: string;
  readonly transport: string;
  readonly why: string;
  readonly [serverField: string]: number | string;
}

/** What is measured of the pictures as they come, for those who follow it. */
export interface LiveStats {
  readonly stats: LinkStats;
  /** Milliseconds between one displayed frame and the next, oldest first, since the last report. */
  readonly intervalsMs: readonly number[];
}

/**
 * Page to worker.
 *
 * The names of the types and of the fields that a version mismatch goes by stay as they are: a worker script that was
 * copied to an address of the page's own may be of another version, and must understand, and report, that much.
 *
 * A bare number is the ticket of a frame that the worker handed over and that was shown. It is the one message sent per
 * frame, and a number is the cheapest there is.
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
  | { readonly type: "canvas"; readonly id: number; readonly canvas: OffscreenCanvas }
  | { readonly type: "canvas_gone"; readonly id: number }
  /** Post the live statistics several times a second, as long as somebody follows them. */
  | { readonly type: "watch"; readonly watching: boolean }
  /** Post a message for each frame that the worker painted, as long as somebody follows them. */
  | { readonly type: "follow"; readonly following: boolean };

/** Worker to page. Tickets count the frames of one worker from 1, over all its connections. */
export type FromWorker =
  | { readonly type: "frame"; readonly ticket: number; readonly bitmap: ImageBitmap; readonly shape: FrameShape }
  | { readonly type: "shape"; readonly shape: FrameShape }
  | { readonly type: "standing"; readonly standing: LinkState }
  /** The token in `hello` does not open the stream. */
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
    };
