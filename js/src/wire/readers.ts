// Generated from marimo_rfb/wire/messages.py by js/generate_wire.py; do not edit.

import type { JsonReader } from "./json_reader.ts";
import { present } from "./json_reader.ts";
import type {
  Bye,
  CaptureHeader,
  Clipboard,
  Color,
  Config,
  Contrast,
  Cursor,
  FileHeader,
  Header,
  Histogram,
  ImageHeader,
  Notice,
  Pixels,
  RectsHeader,
  RequestFailed,
  RubberBand,
  ServerMessage,
  SetQuality,
  Stats,
  StatusText,
  Time,
  ToolStates,
  VideoHeader,
} from "./messages.ts";

/** `undefined` for a type that this version does not know. @throws WireError when a field is missing or wrong. */
export function readHeader(reader: JsonReader): Header | undefined {
  switch (reader.string("type")) {
    case "image_frame":
      return readImageHeader(reader);
    case "image_rects":
      return readRectsHeader(reader);
    case "video_chunk":
      return readVideoHeader(reader);
    case "capture":
      return readCaptureHeader(reader);
    case "file":
      return readFileHeader(reader);
    default:
      return undefined;
  }
}

/** `undefined` for a type that this version does not know. @throws WireError when a field is missing or wrong. */
export function readServerMessage(reader: JsonReader): ServerMessage | undefined {
  switch (reader.string("type")) {
    case "config":
      return readConfig(reader);
    case "stats":
      return readStats(reader);
    case "set_quality":
      return readSetQuality(reader);
    case "cursor":
      return readCursor(reader);
    case "notice":
      return readNotice(reader);
    case "clipboard":
      return readClipboard(reader);
    case "time":
      return readTime(reader);
    case "pixels":
      return readPixels(reader);
    case "unanswered":
      return readRequestFailed(reader);
    case "contrast":
      return readContrast(reader);
    case "histogram":
      return readHistogram(reader);
    case "tool_states":
      return readToolStates(reader);
    case "status_text":
      return readStatusText(reader);
    case "rubber_band":
      return readRubberBand(reader);
    case "bye":
      return readBye(reader);
    default:
      return undefined;
  }
}

function readColor(reader: JsonReader): Color {
  return {
    primaries: reader.string("primaries"),
    transfer: reader.string("transfer"),
    matrix: reader.string("matrix"),
    full_range: reader.boolean("full_range"),
    bit_depth: reader.integer("bit_depth", { min: 1 }),
  };
}

function readImageHeader(reader: JsonReader): ImageHeader {
  return present<ImageHeader>({
    type: "image_frame",
    seq: reader.integer("seq", { min: 0 }),
    timestamp_us: reader.integer("timestamp_us", { min: 0 }),
    width: reader.integer("width", { min: 1, max: 65536 }),
    height: reader.integer("height", { min: 1, max: 65536 }),
    mime: reader.string("mime"),
    pixel_ratio: reader.optionalNumber("pixel_ratio", { above: 0 }),
    color: reader.optionalObject("color", readColor),
    lossless: reader.optionalBoolean("lossless"),
  });
}

function readRectsHeader(reader: JsonReader): RectsHeader {
  return present<RectsHeader>({
    type: "image_rects",
    seq: reader.integer("seq", { min: 0 }),
    timestamp_us: reader.integer("timestamp_us", { min: 0 }),
    width: reader.integer("width", { min: 1, max: 65536 }),
    height: reader.integer("height", { min: 1, max: 65536 }),
    base_seq: reader.integer("base_seq", { min: 0 }),
    rects: reader.integers("rects"),
    mimes: reader.strings("mimes"),
    pixel_ratio: reader.optionalNumber("pixel_ratio", { above: 0 }),
    lossless: reader.optionalBoolean("lossless"),
  });
}

function readVideoHeader(reader: JsonReader): VideoHeader {
  return present<VideoHeader>({
    type: "video_chunk",
    seq: reader.integer("seq", { min: 0 }),
    timestamp_us: reader.integer("timestamp_us", { min: 0 }),
    width: reader.integer("width", { min: 1, max: 65536 }),
    height: reader.integer("height", { min: 1, max: 65536 }),
    codec: reader.string("codec"),
    bitstream: reader.choice("bitstream", ["annexb", "raw"]),
    keyframe: reader.boolean("keyframe"),
    duration_us: reader.optionalInteger("duration_us", { min: 0 }),
    pixel_ratio: reader.optionalNumber("pixel_ratio", { above: 0 }),
    color: reader.optionalObject("color", readColor),
  });
}

function readCaptureHeader(reader: JsonReader): CaptureHeader {
  return {
    type: "capture",
    id: reader.integer("id", { min: 0 }),
    seq: reader.integer("seq", { min: 0 }),
    width: reader.integer("width", { min: 1, max: 65536 }),
    height: reader.integer("height", { min: 1, max: 65536 }),
    mime: reader.string("mime"),
  };
}

function readFileHeader(reader: JsonReader): FileHeader {
  return {
    type: "file",
    name: reader.string("name"),
    mime: reader.string("mime"),
  };
}

function readConfig(reader: JsonReader): Config {
  return present<Config>({
    type: "config",
    transport: reader.string("transport"),
    width: reader.integer("width", { min: 0 }),
    height: reader.integer("height", { min: 0 }),
    coords: reader.optionalString("coords") ?? "frame-pixels",
    codec: reader.optionalString("codec"),
    pixel_ratio: reader.optionalNumber("pixel_ratio"),
    color: reader.optionalObject("color", readColor),
    transports: reader.optionalStrings("transports"),
    extras: reader.optionalStrings("extras"),
  });
}

function readStats(reader: JsonReader): Stats {
  return present<Stats>({
    type: "stats",
    rtt_ms: reader.optionalNumber("rtt_ms"),
    fps_sent: reader.optionalNumber("fps_sent"),
    fps_acked: reader.optionalNumber("fps_acked"),
    bitrate_bps: reader.optionalNumber("bitrate_bps"),
    encode_ms: reader.optionalNumber("encode_ms"),
    decode_queue_size: reader.optionalNumber("decode_queue_size"),
    window: reader.optionalNumber("window"),
    dropped: reader.optionalNumber("dropped"),
    target_bitrate: reader.optionalNumber("target_bitrate"),
    target_fps: reader.optionalNumber("target_fps"),
    quality: reader.optionalNumber("quality"),
    scale: reader.optionalNumber("scale"),
    layer_reason: reader.optionalString("layer_reason"),
    queue_ms: reader.optionalNumber("queue_ms"),
    rate_bps: reader.optionalNumber("rate_bps"),
  });
}

function readSetQuality(reader: JsonReader): SetQuality {
  return present<SetQuality>({
    type: "set_quality",
    bitrate: reader.optionalNumber("bitrate"),
    fps: reader.optionalNumber("fps"),
  });
}

function readCursor(reader: JsonReader): Cursor {
  return {
    type: "cursor",
    css: reader.string("css"),
  };
}

function readNotice(reader: JsonReader): Notice {
  return {
    type: "notice",
    text: reader.string("text"),
    level: reader.optionalChoice("level", ["info", "error"]) ?? "error",
  };
}

function readClipboard(reader: JsonReader): Clipboard {
  return {
    type: "clipboard",
    text: reader.string("text"),
  };
}

function readTime(reader: JsonReader): Time {
  return {
    type: "time",
    sent_ms: reader.number("sent_ms"),
    server_us: reader.integer("server_us", { min: 0 }),
  };
}

function readPixels(reader: JsonReader): Pixels {
  return present<Pixels>({
    type: "pixels",
    id: reader.integer("id", { min: 0 }),
    seq: reader.integer("seq", { min: 0 }),
    x: reader.integer("x", { min: 0 }),
    y: reader.integer("y", { min: 0 }),
    width: reader.integer("width", { min: 1 }),
    height: reader.integer("height", { min: 1 }),
    channels: reader.integer("channels", { min: 1 }),
    data: reader.string("data"),
    values: reader.optionalStrings("values"),
  });
}

function readRequestFailed(reader: JsonReader): RequestFailed {
  return {
    type: "unanswered",
    id: reader.integer("id", { min: 0 }),
    reason: reader.string("reason"),
  };
}

function readContrast(reader: JsonReader): Contrast {
  return {
    type: "contrast",
    dtype: reader.optionalString("dtype") ?? "",
    vmin: reader.optionalNumber("vmin") ?? 0.0,
    vmax: reader.optionalNumber("vmax") ?? 1.0,
    gamma: reader.optionalNumber("gamma") ?? 1.0,
    cmap: reader.optionalString("cmap") ?? "",
    fixed: reader.optionalBoolean("fixed") ?? false,
  };
}

function readHistogram(reader: JsonReader): Histogram {
  return {
    type: "histogram",
    id: reader.integer("id", { min: 0 }),
    seq: reader.integer("seq", { min: 0 }),
    low: reader.number("low"),
    high: reader.number("high"),
    counts: reader.integers("counts"),
    auto_min: reader.number("auto_min"),
    auto_max: reader.number("auto_max"),
  };
}

function readToolStates(reader: JsonReader): ToolStates {
  return {
    type: "tool_states",
    pressed: reader.optionalStrings("pressed") ?? [],
    disabled: reader.optionalStrings("disabled") ?? [],
  };
}

function readStatusText(reader: JsonReader): StatusText {
  return {
    type: "status_text",
    text: reader.string("text"),
  };
}

function readRubberBand(reader: JsonReader): RubberBand {
  return present<RubberBand>({
    type: "rubber_band",
    rect: reader.optionalIntegers("rect"),
  });
}

function readBye(reader: JsonReader): Bye {
  return {
    type: "bye",
    reason: reader.string("reason"),
  };
}
