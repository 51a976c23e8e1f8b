import type { ClientMessage, ServerMessage } from "./messages.ts";

/** Where a link stands; `negotiated` is what a person calls live. */
export type State = "connecting" | "open" | "negotiated" | "reconnecting" | "closed" | "error";

/** Which socket to open, and what to say in `hello`. */
export interface Target {
  readonly url: string;
  readonly token: string;
  readonly devicePixelRatio: number;
}

/**
 * What a widget knows of a frame apart from its pixels.
 *
 * The size is that of the published frame, in which events are said; the bitmap may be a smaller rendition of it.
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
  readonly transport: string;
  readonly [serverField: string]: number | string;
}

/**
 * Page to worker.
 *
 * A bare number is the ticket of a frame that the worker handed over and that was shown. It is the one message sent per
 * frame, and a number is the cheapest there is.
 */
export type ToWorker =
  | number
  | { readonly type: "connect"; readonly target: Target; readonly offscreen: boolean }
  | { readonly type: "send"; readonly messages: readonly ClientMessage[] }
  | { readonly type: "wake" }
  | { readonly type: "disconnect" }
  | { readonly type: "canvas"; readonly id: number; readonly canvas: OffscreenCanvas }
  | { readonly type: "canvas_gone"; readonly id: number };

/** Worker to page. Tickets count the frames of one worker from 1, over all its connections. */
export type FromWorker =
  | { readonly type: "frame"; readonly ticket: number; readonly bitmap: ImageBitmap; readonly shape: FrameShape }
  | { readonly type: "shape"; readonly shape: FrameShape }
  | { readonly type: "state"; readonly state: State; readonly error: string }
  | { readonly type: "server"; readonly message: ServerMessage }
  | { readonly type: "stats"; readonly stats: LinkStats };
