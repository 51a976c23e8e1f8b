/** Element ids of EBML (RFC 8794) and Matroska (RFC 9559). */
const HEADER = 0x1a45dfa3;
const SEGMENT = 0x18538067;
const INFO = 0x1549a966;
const DURATION = 0x4489;
const TIMESTAMP_SCALE = 0x2ad7b1;

const MS_IN_NS = 1_000_000;

interface Element {
  readonly id: number;
  /** The offsets of the length field, of the start and of the end of the content. */
  readonly lengthAt: number;
  readonly from: number;
  readonly to: number;
}

/**
 * Return `head`, the start of a WebM file, with the file's duration inserted.
 *
 * Browsers write no duration, because they do not know it when they start to record; players then cannot seek in the
 * file. A head of another form is returned unchanged.
 */
export function withDuration(head: Uint8Array<ArrayBuffer>, durationMs: number): Uint8Array<ArrayBuffer> {
  const header = elementAt(head, 0);
  if (header?.id !== HEADER) return head;
  const segment = elementAt(head, header.to);
  // A segment of known length would need its length updated too.
  if (segment?.id !== SEGMENT || segment.to !== Infinity) return head;
  const info = childOf(head, segment, INFO);
  if (info === undefined || info.to > head.length || childOf(head, info, DURATION) !== undefined) return head;
  const duration = durationElement(durationMs / (scaleOf(head, info) / MS_IN_NS));
  const length = lengthBytes(info.to - info.from + duration.length);
  return join([
    head.subarray(0, info.lengthAt),
    length,
    head.subarray(info.from, info.to),
    duration,
    head.subarray(info.to),
  ]);
}

function childOf(bytes: Uint8Array, parent: Element, id: number): Element | undefined {
  for (let at = parent.from; at < parent.to;) {
    const child = elementAt(bytes, at);
    if (child === undefined || child.id === id) return child;
    at = child.to;
  }
  return undefined;
}

/** Undefined if the bytes end before its content starts. */
function elementAt(bytes: Uint8Array, at: number): Element | undefined {
  const idLength = numberLength(bytes, at);
  const lengthAt = at + idLength;
  const lengthLength = numberLength(bytes, lengthAt);
  const from = lengthAt + lengthLength;
  if (idLength > 4 || lengthLength > 8 || from > bytes.length) return undefined;
  // Without the length marker bit: eight bytes with it exceed the exact range of a number.
  const first = (bytes[lengthAt] ?? 0) & (0xff >> lengthLength);
  const length = numberIn(bytes, lengthAt + 1, from, first);
  // All ones mean an unknown length.
  const isUnknown = length === 2 ** (7 * lengthLength) - 1;
  return { id: numberIn(bytes, at, lengthAt), lengthAt, from, to: isUnknown ? Infinity : from + length };
}

/** The position of the first set bit is the number's length in bytes; more than 8 is invalid. */
function numberLength(bytes: Uint8Array, at: number): number {
  return Math.clz32(bytes[at] ?? 0) - 23;
}

function numberIn(bytes: Uint8Array, from: number, to: number, first = 0): number {
  return bytes.subarray(from, to).reduce((number, byte) => number * 256 + byte, first);
}

/** The file's time unit, in nanoseconds. */
function scaleOf(bytes: Uint8Array, info: Element): number {
  const scale = childOf(bytes, info, TIMESTAMP_SCALE);
  return scale === undefined ? MS_IN_NS : numberIn(bytes, scale.from, scale.to);
}

function durationElement(ticks: number): Uint8Array {
  const bytes = new Uint8Array(11);
  bytes.set([DURATION >> 8, DURATION & 0xff, 0x88]);
  new DataView(bytes.buffer).setFloat64(3, ticks);
  return bytes;
}

/** Encode a length in four bytes. */
function lengthBytes(length: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, 2 ** 28 + length);
  return bytes;
}

function join(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
