// Generated from marimo_rfb/wire/messages.py by js/generate_wire.py; do not edit.

export const MAX_CONTROL_BYTES = 65536;

/** What a client may list in `hello.supported`; the first four are version 1 of the protocol. */
export const Capability = {
  JPEG: "image/jpeg",
  PNG: "image/png",
  WEBP: "image/webp",
  H264: "webcodecs/h264-annexb",
  VP8: "webcodecs/vp8",
  VP9: "webcodecs/vp9",
  AV1: "webcodecs/av1",
  RECT: "frame/rect",
  VISIBILITY: "control/visibility",
  TRANSPORT: "control/transport",
  NOTICE: "control/notice",
  CURSOR: "control/cursor",
  CLIPBOARD: "control/clipboard",
  RATE: "control/rate",
  TIME: "control/time",
  INSPECT: "control/inspect",
  CAPTURE: "control/capture",
} as const;

/** Why a socket was closed; a client reconnects after anything it does not find here. */
export const CloseCode = {
  NORMAL: 1000,
  GOING_AWAY: 1001,
  NO_TRANSPORT: 1003,
  PROTOCOL: 1008,
  TOO_BIG: 1009,
  UNAUTHORIZED: 4401,
  NOT_FOUND: 4404,
  NO_HELLO: 4408,
  VERSION: 4426,
  TOO_MANY: 4429,
} as const;

/** How to read the colours of a frame; an absent `color` means sRGB. */
export interface Color {
  readonly primaries: string;
  readonly transfer: string;
  readonly matrix: string;
  readonly full_range: boolean;
  readonly bit_depth: number;
}

/**
 * A whole picture, or a part of one.
 *
 * With `rect` (x, y, width, height) the payload replaces only that part of the picture `base_seq`. `lossless` is
 * there of a picture that has come to rest, and was sent before: whether it is now as it was published.
 */
export interface ImageHeader {
  readonly type: "image_frame";
  readonly seq: number;
  readonly timestamp_us: number;
  readonly width: number;
  readonly height: number;
  readonly mime: string;
  readonly pixel_ratio?: number;
  readonly color?: Color;
  readonly rect?: readonly number[];
  readonly base_seq?: number;
  readonly lossless?: boolean;
}

/** One access unit of a video codec; `codec` is a WebCodecs codec string. */
export interface VideoHeader {
  readonly type: "video_chunk";
  readonly seq: number;
  readonly timestamp_us: number;
  readonly width: number;
  readonly height: number;
  readonly codec: string;
  readonly bitstream: "annexb" | "raw";
  readonly keyframe: boolean;
  readonly duration_us?: number;
  readonly pixel_ratio?: number;
  readonly color?: Color;
}

/** The answer to `capture`: the newest frame as it was published, without loss. */
export interface CaptureHeader {
  readonly type: "capture";
  readonly id: number;
  readonly seq: number;
  readonly width: number;
  readonly height: number;
  readonly mime: string;
}

/** The first message of a client, within five seconds. */
export interface Hello {
  readonly type: "hello";
  readonly supported: readonly string[];
  readonly device_pixel_ratio?: number;
  readonly token?: string;
  readonly view?: string;
}

/** Cumulative: the client is done with every frame up to `seq`, shown or dropped. */
export interface Ack {
  readonly type: "ack";
  readonly seq: number;
  readonly decode_queue_size?: number;
  readonly displayed?: boolean;
}

/** The client cannot go on from what it has. */
export interface RequestKeyframe {
  readonly type: "request_keyframe";
  readonly reason?: string;
}

/** The client rebuilt its decoder: forget what is in flight and send a key frame. */
export interface DecoderReset {
  readonly type: "decoder_reset";
}

/** The size the picture is shown at: `width`, `height` in CSS pixels, `pwidth`, `pheight` in device pixels. */
export interface SetViewport {
  readonly type: "set_viewport";
  readonly width: number;
  readonly height: number;
  readonly pwidth: number;
  readonly pheight: number;
  readonly ratio?: number;
}

/** Something a person did; `event` is checked by `marimo_rfb.events`. */
export interface Event {
  readonly type: "event";
  readonly event: Record<string, unknown>;
}

/** A hidden viewer gets no frames until it is visible again. */
export interface Visibility {
  readonly type: "visibility";
  readonly visible: boolean;
}

/** Switch to one of the transports that `config` listed. */
export interface SelectTransport {
  readonly type: "select_transport";
  readonly transport: string;
}

/** Send at most `fps` frames a second, 0.1 or more, from now on; without it, as many as there are. */
export interface LimitRate {
  readonly type: "limit_rate";
  readonly fps?: number;
}

/** Ask for the server's clock; `sent_ms` comes back as it is. */
export interface AskTime {
  readonly type: "ask_time";
  readonly sent_ms: number;
}

/** Ask for the 11 x 11 published pixels around one, at most 120 times a second; `id` comes back with them. */
export interface Inspect {
  readonly type: "inspect";
  readonly id: number;
  readonly x: number;
  readonly y: number;
}

/** Ask for the newest frame without loss, one at a time and at most 4 a second; `id` comes back with it. */
export interface Capture {
  readonly type: "capture";
  readonly id: number;
}

/**
 * What the viewer will get; the answer to `hello`, and sent again when it changes.
 *
 * `extras` are the capabilities beyond version 1 that both sides have.
 */
export interface Config {
  readonly type: "config";
  readonly transport: string;
  readonly width: number;
  readonly height: number;
  readonly coords: string;
  readonly codec?: string;
  readonly pixel_ratio?: number;
  readonly color?: Color;
  readonly transports?: readonly string[];
  readonly extras?: readonly string[];
}

/** What the server measured, at most once a second. */
export interface Stats {
  readonly type: "stats";
  readonly rtt_ms?: number;
  readonly fps_sent?: number;
  readonly fps_acked?: number;
  readonly bitrate_bps?: number;
  readonly encode_ms?: number;
  readonly decode_queue_size?: number;
  readonly window?: number;
  readonly dropped?: number;
  readonly target_bitrate?: number;
  readonly target_fps?: number;
}

/** What the server aims at from now on. */
export interface SetQuality {
  readonly type: "set_quality";
  readonly bitrate?: number;
  readonly fps?: number;
}

/** The CSS cursor to show over the picture. */
export interface Cursor {
  readonly type: "cursor";
  readonly css: string;
}

/** Text to show over the picture until the next notice; an empty text takes it away. */
export interface Notice {
  readonly type: "notice";
  readonly text: string;
  readonly level: "info" | "error";
}

/** Text for the clipboard of the person who looks on. */
export interface Clipboard {
  readonly type: "clipboard";
  readonly text: string;
}

/** The answer to `ask_time`: the server's clock, microseconds since the epoch. */
export interface Time {
  readonly type: "time";
  readonly sent_ms: number;
  readonly server_us: number;
}

/**
 * The answer to `inspect`: published pixels, a rectangle of the newest frame.
 *
 * `data` is base64 of `height` rows of `width` pixels of `channels` bytes.
 */
export interface Pixels {
  readonly type: "pixels";
  readonly id: number;
  readonly seq: number;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly data: string;
}

/** There is no answer to the request of that `id`. */
export interface RequestFailed {
  readonly type: "unanswered";
  readonly id: number;
  readonly reason: string;
}

/** Sent before a close that is meant. */
export interface Bye {
  readonly type: "bye";
  readonly reason: string;
}

export type Header = ImageHeader | VideoHeader | CaptureHeader;

export type ClientMessage = Hello | Ack | RequestKeyframe | DecoderReset | SetViewport | Event | Visibility | SelectTransport | LimitRate | AskTime | Inspect | Capture;

export type ServerMessage = Config | Stats | SetQuality | Cursor | Notice | Clipboard | Time | Pixels | RequestFailed | Bye;
