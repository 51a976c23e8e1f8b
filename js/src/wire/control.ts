import { JsonReader } from "./json_reader.ts";
import type { ClientMessage, ServerMessage } from "./messages.ts";
import { MAX_CONTROL_BYTES } from "./messages.ts";
import { readServerMessage } from "./readers.ts";
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
  return readServerMessage(JsonReader.parse(text));
}

/** Compact JSON, as the server reads it. */
export function encodeControl(message: ClientMessage): string {
  return JSON.stringify(message);
}
