// Generated from marimo_rfb/wire/messages.py by js/generate_wire.py; do not edit.

export const MAX_CONTROL_BYTES = 65536;

/** Of one `image_rects`. */
export const MAX_RECTS = 64;

/** Capabilities for `hello.supported`; the first four belong to version 1 of the protocol. */
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
  CONTRAST: "control/contrast",
  FIGURE: "control/figure",
} as const;

/** Reasons for closing a socket; a client reconnects after an unknown code. */
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

/** Colour space of a frame; an absent `color` means sRGB. */
export interface Color {
  readonly primaries: string;
  readonly transfer: string;
  readonly matrix: string;
  readonly full_range: boolean;
  readonly bit_depth: number;
}

/**
 * A whole picture as a still image.
 *
 * `width` and `height` are those of the published frame, to which the client stretches the image. `lossless` says
 * whether the picture is identical to the frame; without it, PNG is and other types are not. It is there for a settled
 * picture, which was sent before, and for a PNG that was scaled down.
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
  readonly lossless?: boolean;
}

/**
 * The parts of a picture that changed, as still images that replace what the client shows there.
 *
 * They apply to the picture `base_seq` and to any newer one of a frame of this size, whatever the size of its image.
 * `rects` has five integers for each part: x, y, width, and height in pixels of the frame, and the size of its image
 * in bytes; `mimes` has the MIME types of the images, which follow one another in the payload. The client stretches
 * each image to its rectangle. There are 1 to `MAX_RECTS` parts, inside the frame. `lossless` is as in `ImageHeader`,
 * for the whole picture; without it, the picture is as it was if all images are PNG, and lossy otherwise.
 */
export interface RectsHeader {
  readonly type: "image_rects";
  readonly seq: number;
  readonly timestamp_us: number;
  readonly width: number;
  readonly height: number;
  readonly base_seq: number;
  readonly rects: readonly number[];
  readonly mimes: readonly string[];
  readonly pixel_ratio?: number;
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

/** The response to `capture`: the newest frame, lossless. */
export interface CaptureHeader {
  readonly type: "capture";
  readonly id: number;
  readonly seq: number;
  readonly width: number;
  readonly height: number;
  readonly mime: string;
}

/** A file for the user to save, such as a figure; the payload is its content. */
export interface FileHeader {
  readonly type: "file";
  readonly name: string;
  readonly mime: string;
}

/** The first message of a client; must arrive within five seconds. */
export interface Hello {
  readonly type: "hello";
  readonly supported: readonly string[];
  readonly device_pixel_ratio?: number;
  readonly token?: string;
  readonly view?: string;
}

/**
 * Cumulative acknowledgement: the client has shown or dropped every frame up to `seq`.
 *
 * `delay_ms` is the time since it received that frame, so that the server can tell the path from the page.
 */
export interface Ack {
  readonly type: "ack";
  readonly seq: number;
  readonly decode_queue_size?: number;
  readonly displayed?: boolean;
  readonly delay_ms?: number;
}

/** The client cannot decode further frames without a key frame. */
export interface RequestKeyframe {
  readonly type: "request_keyframe";
  readonly reason?: string;
}

/** The client rebuilt its decoder: the server discards the frames in flight and sends a key frame. */
export interface DecoderReset {
  readonly type: "decoder_reset";
}

/** The displayed size of the picture: `width`, `height` in CSS pixels, `pwidth`, `pheight` in device pixels. */
export interface SetViewport {
  readonly type: "set_viewport";
  readonly width: number;
  readonly height: number;
  readonly pwidth: number;
  readonly pheight: number;
  readonly ratio?: number;
}

/** An input event; `marimo_rfb.events` validates `event`. */
export interface Event {
  readonly type: "event";
  readonly event: Record<string, unknown>;
}

/** Whether the viewer is visible; a hidden viewer gets no frames until it is visible again. */
export interface Visibility {
  readonly type: "visibility";
  readonly visible: boolean;
}

/** Select one of the codecs listed in `config.transports`. */
export interface SelectTransport {
  readonly type: "select_transport";
  readonly transport: string;
}

/** Limit the frame rate to `fps` frames per second, 0.1 or more; an absent `fps` removes the limit. */
export interface LimitRate {
  readonly type: "limit_rate";
  readonly fps?: number;
}

/** Request the server's clock; the response repeats `sent_ms`. */
export interface AskTime {
  readonly type: "ask_time";
  readonly sent_ms: number;
}

/** Request the 11 x 11 published pixels around a pixel, at most 120 times per second; the response repeats `id`. */
export interface Inspect {
  readonly type: "inspect";
  readonly id: number;
  readonly x: number;
  readonly y: number;
}

/** Request the newest frame, lossless; one request at a time, at most 4 per second. The response repeats `id`. */
export interface Capture {
  readonly type: "capture";
  readonly id: number;
}

/** Request the histogram of the newest frame's numbers, at most 10 times per second; the response repeats `id`. */
export interface AskHistogram {
  readonly type: "ask_histogram";
  readonly id: number;
}

/**
 * Change how numbers are shown, for all viewers; an absent `vmin` or `vmax` returns to the stream's own rule.
 *
 * `cmap` is the name of a colormap; empty for gray.
 */
export interface SetContrast {
  readonly type: "set_contrast";
  readonly vmin?: number;
  readonly vmax?: number;
  readonly gamma?: number;
  readonly cmap?: string;
}

/**
 * The negotiated configuration: the response to `hello`, sent again after each change.
 *
 * `transport` is the codec. `extras` are the capabilities beyond version 1 that both sides support.
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

/**
 * Measurements of the server, sent at most once per second.
 *
 * `quality` and `scale` are those of the viewer's pictures, and `layer_reason` says why. `queue_ms` is how much longer
 * than the round trip the last picture took to the viewer, `rate_bps` what the path delivers.
 */
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
  readonly quality?: number;
  readonly scale?: number;
  readonly layer_reason?: string;
  readonly queue_ms?: number;
  readonly rate_bps?: number;
}

/** New targets of the server for bitrate and frame rate. */
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

/** Text to show over the picture until the next notice; an empty text removes it. */
export interface Notice {
  readonly type: "notice";
  readonly text: string;
  readonly level: "info" | "error";
}

/** Text for the user's clipboard. */
export interface Clipboard {
  readonly type: "clipboard";
  readonly text: string;
}

/** The response to `ask_time`: the server's clock in microseconds since the Unix epoch. */
export interface Time {
  readonly type: "time";
  readonly sent_ms: number;
  readonly server_us: number;
}

/**
 * The response to `inspect`: a rectangle of published pixels of the newest frame.
 *
 * `data` is base64: `height` rows of `width` pixels of `channels` bytes. If numbers were published instead of colors,
 * `values` has them as text, row by row.
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
  readonly values?: readonly string[];
}

/** The error response to the request with that `id`. */
export interface RequestFailed {
  readonly type: "unanswered";
  readonly id: number;
  readonly reason: string;
}

/**
 * How the numbers of the newest frame are shown; `dtype` is empty if it has colors instead of numbers.
 *
 * Sent after each change. `vmin` is shown in the first color of `cmap`, `vmax` in the last. They are `fixed` if
 * options or a user set them, and else follow the stream's own rule.
 */
export interface Contrast {
  readonly type: "contrast";
  readonly dtype: string;
  readonly vmin: number;
  readonly vmax: number;
  readonly gamma: number;
  readonly cmap: string;
  readonly fixed: boolean;
}

/**
 * The response to `ask_histogram`: how often the numbers from `low` to `high` occur, in bins of equal width.
 *
 * `auto_min` and `auto_max` are a good contrast for this frame: percentiles of its numbers.
 */
export interface Histogram {
  readonly type: "histogram";
  readonly id: number;
  readonly seq: number;
  readonly low: number;
  readonly high: number;
  readonly counts: readonly number[];
  readonly auto_min: number;
  readonly auto_max: number;
}

/** Which tools of a figure are pressed and which are disabled, by their names. */
export interface ToolStates {
  readonly type: "tool_states";
  readonly pressed: readonly string[];
  readonly disabled: readonly string[];
}

/** A short text beside a figure, such as the coordinates under the pointer; an empty text removes it. */
export interface StatusText {
  readonly type: "status_text";
  readonly text: string;
}

/** A rectangle over the picture while a user drags it: x, y, width, height; absent for none. */
export interface RubberBand {
  readonly type: "rubber_band";
  readonly rect?: readonly number[];
}

/** The last message before the server closes the socket on purpose. */
export interface Bye {
  readonly type: "bye";
  readonly reason: string;
}

export type Header = ImageHeader | RectsHeader | VideoHeader | CaptureHeader | FileHeader;

export type ClientMessage = Hello | Ack | RequestKeyframe | DecoderReset | SetViewport | Event | Visibility | SelectTransport | LimitRate | AskTime | Inspect | Capture | AskHistogram | SetContrast;

export type ServerMessage = Config | Stats | SetQuality | Cursor | Notice | Clipboard | Time | Pixels | RequestFailed | Contrast | Histogram | ToolStates | StatusText | RubberBand | Bye;
