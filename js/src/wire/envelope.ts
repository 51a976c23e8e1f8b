import { JsonReader, present } from "./json_reader.ts";
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
  const reader = JsonReader.parse(text);
  const type = reader.string("type");
  if (type === "image_frame") return parseImageHeader(reader);
  if (type === "video_chunk") return parseVideoHeader(reader);
  if (type === "capture") return parseCaptureHeader(reader);
  throw new WireError(`the header of a binary message has the unknown type ${JSON.stringify(type)}`);
}

function parseImageHeader(reader: JsonReader): ImageHeader {
  return present<ImageHeader>({
    type: "image_frame",
    ...parseFrame(reader),
    mime: reader.string("mime"),
    rect: reader.optionalIntegers("rect"),
    base_seq: reader.optionalInteger("base_seq", 0),
    lossless: reader.optionalBoolean("lossless"),
  });
}

function parseVideoHeader(reader: JsonReader): VideoHeader {
  const bitstream = reader.string("bitstream");
  if (bitstream !== "annexb" && bitstream !== "raw") {
    throw new WireError(`bitstream must be annexb or raw, got ${JSON.stringify(bitstream)}`);
  }
  return present<VideoHeader>({
    type: "video_chunk",
    ...parseFrame(reader),
    codec: reader.string("codec"),
    bitstream,
    keyframe: reader.boolean("keyframe"),
    duration_us: reader.optionalInteger("duration_us", 0),
  });
}

function parseCaptureHeader(reader: JsonReader): CaptureHeader {
  return {
    type: "capture",
    id: reader.integer("id", 0),
    seq: reader.integer("seq", 0),
    width: parseSide(reader, "width"),
    height: parseSide(reader, "height"),
    mime: reader.string("mime"),
  };
}

function parseFrame(reader: JsonReader) {
  const pixel_ratio = reader.optionalNumber("pixel_ratio");
  if (pixel_ratio !== undefined && pixel_ratio <= 0) {
    throw new WireError(`pixel_ratio must be more than 0, got ${pixel_ratio}`);
  }
  return {
    seq: reader.integer("seq", 0),
    timestamp_us: reader.integer("timestamp_us", 0),
    width: parseSide(reader, "width"),
    height: parseSide(reader, "height"),
    pixel_ratio,
    color: parseColor(reader.optionalObject("color")),
  };
}

function parseSide(reader: JsonReader, name: string): number {
  const side = reader.integer(name, 1);
  if (side > MAX_SIDE) throw new WireError(`${name} must be at most ${MAX_SIDE}, got ${side}`);
  return side;
}

export function parseColor(reader: JsonReader | undefined): Color | undefined {
  if (reader === undefined) return undefined;
  return {
    primaries: reader.string("primaries"),
    transfer: reader.string("transfer"),
    matrix: reader.string("matrix"),
    full_range: reader.boolean("full_range"),
    bit_depth: reader.integer("bit_depth", 1),
  };
}
