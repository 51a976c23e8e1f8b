import type { TestContext } from "node:test";
import assert from "node:assert/strict";
import test from "node:test";
import type { RectsHeader } from "../../../js/src/wire/messages.ts";
import { decodePicture } from "../../../js/src/worker/decode_picture.ts";

const PNG = "image/png";
const JPEG = "image/jpeg";
const BROKEN = "broken";

/** What a browser has to decode images; returns what was decoded by what, and what was closed. */
function makeBrowser(context: TestContext, hasImageDecoder: boolean): string[] {
  const log: string[] = [];
  class StubImageDecoder {
    readonly #text: string;
    readonly #type: string;
    constructor({ type, data }: { type: string; data: Uint8Array<ArrayBuffer> }) {
      this.#type = type;
      this.#text = new TextDecoder().decode(data);
    }
    decode(): Promise<{ image: { close: () => void } }> {
      log.push(`decoder ${this.#type} ${this.#text}`);
      if (this.#text === BROKEN) return Promise.reject(new Error("no frame"));
      return Promise.resolve({ image: { close: () => log.push(`closed frame ${this.#text}`) } });
    }
    close(): void {
      log.push(`closed decoder ${this.#text}`);
    }
  }
  const createImageBitmap = async (source: Blob | object): Promise<object> => {
    if (!(source instanceof Blob)) return {};
    const text = await source.text();
    log.push(`blob ${source.type} ${text}`);
    if (text === BROKEN) throw new Error("no blob");
    return {};
  };
  const globals: Record<string, unknown> = { createImageBitmap };
  if (hasImageDecoder) globals["ImageDecoder"] = StubImageDecoder;
  Object.assign(globalThis, globals);
  context.after(() => {
    for (const name of Object.keys(globals)) Reflect.deleteProperty(globalThis, name);
  });
  return log;
}

function rects(mime: string, text: string) {
  const payload = new TextEncoder().encode(text);
  const size = { width: 8, height: 8 };
  const place = { rects: [0, 0, 8, 8, payload.length], mimes: [mime] };
  const header: RectsHeader = { type: "image_rects", seq: 2, base_seq: 1, timestamp_us: 0, ...size, ...place };
  return { ticket: 1, header, payload };
}

test("a PNG of a rectangle needs no blob, other images do", async (context) => {
  const log = makeBrowser(context, true);
  const { ticket, header, payload } = rects(PNG, "whole");
  const { seq, timestamp_us, width, height } = header;
  await decodePicture(rects(PNG, "part"));
  assert.deepEqual(log.splice(0), [`decoder ${PNG} part`, "closed frame part", "closed decoder part"]);
  await decodePicture(rects(JPEG, "part"));
  await decodePicture({
    ticket,
    header: { type: "image_frame", seq, timestamp_us, width, height, mime: PNG },
    payload,
  });
  assert.deepEqual(log, [`blob ${JPEG} part`, `blob ${PNG} whole`]);
});

test("a PNG that cannot be decoded without a blob is decoded from one, which also gives the reason", async (context) => {
  const log = makeBrowser(context, true);
  const why = await decodePicture(rects(PNG, BROKEN));
  assert.equal(why, `The browser could not decode frame 2 (${PNG}, 6 bytes): no blob`);
  assert.deepEqual(log, [`decoder ${PNG} ${BROKEN}`, `blob ${PNG} ${BROKEN}`, `closed decoder ${BROKEN}`]);
});

test("a page over plain HTTP decodes blobs", async (context) => {
  const log = makeBrowser(context, false);
  await decodePicture(rects(PNG, "part"));
  assert.deepEqual(log, [`blob ${PNG} part`]);
});
