import assert from "node:assert/strict";
import test from "node:test";
import { encodeControl, parseControl } from "../../../js/src/wire/control.ts";
import { parseEnvelope } from "../../../js/src/wire/envelope.ts";
import type { ClientMessage } from "../../../js/src/wire/messages.ts";
import { WireError } from "../../../js/src/wire/wire_error.ts";
import { golden } from "../helpers.ts";

interface Message {
  readonly name: string;
  readonly text: string;
  readonly fields: unknown;
  readonly lenient?: boolean;
}

interface Malformed {
  readonly name: string;
  readonly reason: string;
}

interface WireFile {
  readonly client: readonly Message[];
  readonly server: readonly Message[];
  readonly envelopes: readonly { name: string; hex: string; header: unknown; payload_hex: string }[];
  readonly malformed_control: readonly (Malformed & { text: string })[];
  readonly malformed_envelopes: readonly (Malformed & { hex: string })[];
  readonly ignored_control: readonly { name: string; text: string }[];
}

const wire = golden<WireFile>("wire.json");

function bufferOf(hex: string): ArrayBuffer {
  return Uint8Array.from(Buffer.from(hex, "hex")).buffer;
}

test(
  "the golden file of the wire is there",
  { skip: wire === undefined && "tests/golden/wire.json is missing" },
  () => {
    assert.ok((wire?.server.length ?? 0) > 0);
  },
);

for (const { name, text, fields, lenient } of wire?.client ?? []) {
  if (lenient) continue;
  test(`golden, we write: ${name}`, () => {
    assert.equal(encodeControl(fields as ClientMessage), text);
  });
}

for (const { name, text, fields } of wire?.server ?? []) {
  test(`golden, we read: ${name}`, () => {
    assert.deepEqual(parseControl(text), fields);
  });
}

for (const { name, hex, header, payload_hex } of wire?.envelopes ?? []) {
  test(`golden, we parse: ${name}`, () => {
    const envelope = parseEnvelope(bufferOf(hex));
    assert.deepEqual(envelope.header, header);
    assert.equal(Buffer.from(envelope.payload).toString("hex"), payload_hex);
  });
}

for (const { name, reason, text } of wire?.malformed_control ?? []) {
  test(`golden, we reject: ${name} (${reason})`, () => {
    assert.throws(() => parseControl(text), WireError);
  });
}

for (const { name, reason, hex } of wire?.malformed_envelopes ?? []) {
  test(`golden, we reject the envelope: ${name} (${reason})`, () => {
    assert.throws(() => parseEnvelope(bufferOf(hex)), WireError);
  });
}

for (const { name, text } of wire?.ignored_control ?? []) {
  test(`golden, we ignore: ${name}`, () => {
    assert.equal(parseControl(text), undefined);
  });
}
