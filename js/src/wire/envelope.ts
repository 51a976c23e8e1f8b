import { JsonReader } from "./json_reader.ts";
import type { Header } from "./messages.ts";
import { MAX_CONTROL_BYTES } from "./messages.ts";
import { readHeader } from "./readers.ts";
import { WireError } from "./wire_error.ts";

/** A parsed binary message; `payload` is a view into it, not a copy. */
export interface Envelope {
  readonly header: Header;
  readonly payload: Uint8Array<ArrayBuffer>;
}

const LENGTH_BYTES = 4;

/**
 * Parse a binary message: uint32 little-endian header length, JSON header, payload.
 *
 * @throws WireError if it is malformed.
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
  const header = readHeader(reader);
  if (header === undefined) {
    const type = JSON.stringify(reader.string("type"));
    throw new WireError(`the header of a binary message has the unknown type ${type}`);
  }
  return header;
}
