import { parseColor } from "./envelope.ts";
import { JsonReader, present } from "./json_reader.ts";
import type { ClientMessage, Config, Notice, Pixels, ServerMessage, SetQuality, Stats } from "./messages.ts";
import { MAX_CONTROL_BYTES } from "./messages.ts";
import { WireError } from "./wire_error.ts";

/**
 * Read a text message of the server; `undefined` for a type that this version does not know.
 *
 * Unknown fields are left out: an older or newer server may send more than we read.
 *
 * @throws WireError when it is not a JSON object or a field we read has the wrong type.
 */
export function parseControl(text: string): ServerMessage | undefined {
  if (text.length > MAX_CONTROL_BYTES) {
    throw new WireError(`a control message has at most ${MAX_CONTROL_BYTES} bytes, got ${text.length}`);
  }
  const reader = JsonReader.parse(text);
  const type = reader.string("type");
  switch (type) {
    case "config":
      return parseConfig(reader);
    case "stats":
      return parseStats(reader);
    case "set_quality":
      return present<SetQuality>({
        type: "set_quality",
        bitrate: reader.optionalNumber("bitrate"),
        fps: reader.optionalNumber("fps"),
      });
    case "cursor":
      return { type: "cursor", css: reader.string("css") };
    case "notice":
      return parseNotice(reader);
    case "clipboard":
      return { type: "clipboard", text: reader.string("text") };
    case "time":
      return { type: "time", sent_ms: reader.number("sent_ms"), server_us: reader.integer("server_us", 0) };
    case "pixels":
      return parsePixels(reader);
    case "unanswered":
      return { type: "unanswered", id: reader.integer("id", 0), reason: reader.string("reason") };
    case "bye":
      return { type: "bye", reason: reader.string("reason") };
    default:
      return undefined;
  }
}

/** Compact JSON, as the server reads it. */
export function encodeControl(message: ClientMessage): string {
  return JSON.stringify(message);
}

function parseConfig(reader: JsonReader): Config {
  return present<Config>({
    type: "config",
    transport: reader.string("transport"),
    // 0 by 0: the stream has no frame yet.
    width: reader.integer("width", 0),
    height: reader.integer("height", 0),
    coords: reader.optionalString("coords") ?? "frame-pixels",
    codec: reader.optionalString("codec"),
    pixel_ratio: reader.optionalNumber("pixel_ratio"),
    color: parseColor(reader.optionalObject("color")),
    transports: reader.optionalStrings("transports"),
    extras: reader.optionalStrings("extras"),
  });
}

function parseStats(reader: JsonReader): Stats {
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
  });
}

function parsePixels(reader: JsonReader): Pixels {
  return {
    type: "pixels",
    id: reader.integer("id", 0),
    seq: reader.integer("seq", 0),
    x: reader.integer("x", 0),
    y: reader.integer("y", 0),
    width: reader.integer("width", 1),
    height: reader.integer("height", 1),
    channels: reader.integer("channels", 1),
    data: reader.string("data"),
  };
}

function parseNotice(reader: JsonReader): Notice {
  const level = reader.optionalString("level") ?? "error";
  if (level !== "info" && level !== "error") {
    throw new WireError(`level must be info or error, got ${JSON.stringify(level)}`);
  }
  return { type: "notice", text: reader.string("text"), level };
}
