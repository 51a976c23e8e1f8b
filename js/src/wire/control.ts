import { parseColor } from "./envelope.ts";
import { Fields, present } from "./json_reader.ts";
import type { ClientMessage, Config, Notice, Pixels, ServerMessage, SetQuality, Stats } from "./messages.ts";
import { MAX_CONTROL_BYTES } from "./messages.ts";
import { WireError } from "./wire_error.ts";

/**
 * Read a text message of the server; `undefined` for a type that this version does not know.
 *
 * Unknown fields are left out: an older or newer server may say more than we read.
 *
 * @throws WireError when it is not a JSON object or a field we read has the wrong type.
 */
export function parseControl(text: string): ServerMessage | undefined {
  if (text.length > MAX_CONTROL_BYTES) {
    throw new WireError(`a control message has at most ${MAX_CONTROL_BYTES} bytes, got ${text.length}`);
  }
  const fields = Fields.parse(text);
  const type = fields.string("type");
  switch (type) {
    case "config":
      return parseConfig(fields);
    case "stats":
      return parseStats(fields);
    case "set_quality":
      return present<SetQuality>({
        type: "set_quality",
        bitrate: fields.optionalNumber("bitrate"),
        fps: fields.optionalNumber("fps"),
      });
    case "cursor":
      return { type: "cursor", css: fields.string("css") };
    case "notice":
      return parseNotice(fields);
    case "clipboard":
      return { type: "clipboard", text: fields.string("text") };
    case "time":
      return { type: "time", sent_ms: fields.number("sent_ms"), server_us: fields.integer("server_us", 0) };
    case "pixels":
      return parsePixels(fields);
    case "unanswered":
      return { type: "unanswered", id: fields.integer("id", 0), reason: fields.string("reason") };
    case "bye":
      return { type: "bye", reason: fields.string("reason") };
    default:
      return undefined;
  }
}

/** Compact JSON, as the server reads it. */
export function encodeControl(message: ClientMessage): string {
  return JSON.stringify(message);
}

function parseConfig(fields: Fields): Config {
  return present<Config>({
    type: "config",
    transport: fields.string("transport"),
    // 0 by 0: the stream has no frame yet.
    width: fields.integer("width", 0),
    height: fields.integer("height", 0),
    coords: fields.optionalString("coords") ?? "frame-pixels",
    codec: fields.optionalString("codec"),
    pixel_ratio: fields.optionalNumber("pixel_ratio"),
    color: parseColor(fields.optionalObject("color")),
    transports: fields.optionalStrings("transports"),
    extras: fields.optionalStrings("extras"),
  });
}

function parseStats(fields: Fields): Stats {
  return present<Stats>({
    type: "stats",
    rtt_ms: fields.optionalNumber("rtt_ms"),
    fps_sent: fields.optionalNumber("fps_sent"),
    fps_acked: fields.optionalNumber("fps_acked"),
    bitrate_bps: fields.optionalNumber("bitrate_bps"),
    encode_ms: fields.optionalNumber("encode_ms"),
    decode_queue_size: fields.optionalNumber("decode_queue_size"),
    window: fields.optionalNumber("window"),
    dropped: fields.optionalNumber("dropped"),
    target_bitrate: fields.optionalNumber("target_bitrate"),
    target_fps: fields.optionalNumber("target_fps"),
  });
}

function parsePixels(fields: Fields): Pixels {
  return {
    type: "pixels",
    id: fields.integer("id", 0),
    seq: fields.integer("seq", 0),
    x: fields.integer("x", 0),
    y: fields.integer("y", 0),
    width: fields.integer("width", 1),
    height: fields.integer("height", 1),
    channels: fields.integer("channels", 1),
    data: fields.string("data"),
  };
}

function parseNotice(fields: Fields): Notice {
  const level = fields.optionalString("level") ?? "error";
  if (level !== "info" && level !== "error") {
    throw new WireError(`level must be info or error, got ${JSON.stringify(level)}`);
  }
  return { type: "notice", text: fields.string("text"), level };
}
