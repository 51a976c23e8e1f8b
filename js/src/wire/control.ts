import { JsonReader } from "./json_reader.ts";
import type { ClientMessage, ServerMessage } from "./messages.ts";
import { MAX_CONTROL_BYTES } from "./messages.ts";
import { readServerMessage } from "./readers.ts";
import { WireError } from "./wire_error.ts";

/**
 * Parse a text message from the server; undefined for a type that this version does not know.
 *
 * Unknown fields are ignored: an older or newer server may send more.
 *
 * @throws WireError if it is not a JSON object or a known field has the wrong type.
 */
export function parseControl(text: string): ServerMessage | undefined {
  if (text.length > MAX_CONTROL_BYTES) {
    throw new WireError(`a control message has at most ${MAX_CONTROL_BYTES} bytes, got ${text.length}`);
  }
  return readServerMessage(JsonReader.parse(text));
}

/** Encode a message as compact JSON. */
export function encodeControl(message: ClientMessage): string {
  return JSON.stringify(message);
}
