import { Fields, present } from "./json_reader.ts";
import type { CaptureHeader, Color, Header, ImageHeader, VideoHeader } from "./messages.ts";
import { MAX_CONTROL_BYTES } from "./messages.ts";
import { WireError } from "./wire_error.ts";

/** A binary message; `payload` is a view of it, not a copy. */
export interface Envelope {
  readonly header: Header;
  readonly payload: Uint8Array<ArrayBuffer>;
}

const LENGTH_BYTES = 4;
const MAX_SIDE = 65_536;

/**
 * Take a binary message apart: uint32 little-endian header length, JSON header, payload.
 *
 * @throws WireError when it is malformed in any way.
 */
export function parseEnvelope(message: ArrayBuffer): Envelope {
  if (message.byteLength < LENGTH_BYTES) {
    throw new WireError(`a binary message has at least ${LENGTH_BYTES} bytes, got ${message.byteLength}`);
  }
  const headerBytes = new DataView(message).getUint32(0, true);
  if (headerBytes > MAX_CONTROL_BYTES) {
    throw new WireError(`a header has at most ${MAX_CONTROL_BYTES} bytes, got ${headerBytes}`);
  }
  const end = LENGTH_BYTES + headerBytes;
  if (end > message.byteLength) {
    throw new WireError(`the header claims ${headerBytes} bytes of a message of ${message.byteLength}`);
  }
  const text = decodeUtf8(new Uint8Array(message, LENGTH_BYTES, headerBytes));
  return { header: parseHeader(text), payload: new Uint8Array(message, end) };
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new WireError("the header is not UTF-8", { cause });
  }
}

function parseHeader(text: string): Header {
  const fields = Fields.parse(text);
  const type = fields.string("type");
  if (type === "image_frame") return parseImageHeader(fields);
  if (type === "video_chunk") return parseVideoHeader(fields);
  if (type === "capture") return parseCaptureHeader(fields);
  throw new WireError(`the header of a binary message has the unknown type ${JSON.stringify(type)}`);
}

function parseImageHeader(fields: Fields): ImageHeader {
  return present<ImageHeader>({
    type: "image_frame",
    ...parseFrame(fields),
    mime: fields.string("mime"),
    rect: fields.optionalIntegers("rect"),
    base_seq: fields.optionalInteger("base_seq", 0),
    lossless: fields.optionalBoolean("lossless"),
  });
}

function parseVideoHeader(fields: Fields): VideoHeader {
  const bitstream = fields.string("bitstream");
  if (bitstream !== "annexb" && bitstream !== "raw") {
    throw new WireError(`bitstream must be annexb or raw, got ${JSON.stringify(bitstream)}`);
  }
  return present<VideoHeader>({
    type: "video_chunk",
    ...parseFrame(fields),
    codec: fields.string("codec"),
    bitstream,
    keyframe: fields.boolean("keyframe"),
    duration_us: fields.optionalInteger("duration_us", 0),
  });
}

function parseCaptureHeader(fields: Fields): CaptureHeader {
  return {
    type: "capture",
    id: fields.integer("id", 0),
    seq: fields.integer("seq", 0),
    width: parseSide(fields, "width"),
    height: parseSide(fields, "height"),
    mime: fields.string("mime"),
  };
}

function parseFrame(fields: Fields) {
  const pixel_ratio = fields.optionalNumber("pixel_ratio");
  if (pixel_ratio !== undefined && pixel_ratio <= 0) {
    throw new WireError(`pixel_ratio must be more than 0, got ${pixel_ratio}`);
  }
  return {
    seq: fields.integer("seq", 0),
    timestamp_us: fields.integer("timestamp_us", 0),
    width: parseSide(fields, "width"),
    height: parseSide(fields, "height"),
    pixel_ratio,
    color: parseColor(fields.optionalObject("color")),
  };
}

function parseSide(fields: Fields, name: string): number {
  const side = fields.integer(name, 1);
  if (side > MAX_SIDE) throw new WireError(`${name} must be at most ${MAX_SIDE}, got ${side}`);
  return side;
}

export function parseColor(fields: Fields | undefined): Color | undefined {
  if (fields === undefined) return undefined;
  return {
    primaries: fields.string("primaries"),
    transfer: fields.string("transfer"),
    matrix: fields.string("matrix"),
    full_range: fields.boolean("full_range"),
    bit_depth: fields.integer("bit_depth", 1),
  };
}
