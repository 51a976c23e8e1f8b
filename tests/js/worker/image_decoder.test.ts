import assert from "node:assert/strict";
import test from "node:test";
import type { RectBitmap } from "../../../js/src/wire/worker_messages.ts";
import type { EncodedPicture } from "../../../js/src/worker/decode_picture.ts";
import { ImageDecoder } from "../../../js/src/worker/image_decoder.ts";
import { seededRandom } from "../helpers.ts";

/** A decoder whose decodes the test completes. */
function makeDecoder() {
  const log: string[] = [];
  const closed: number[] = [];
  const running = new Map<number, (outcome: readonly RectBitmap[] | string) => void>();
  const decoder = new ImageDecoder(
    {
      onDecoded: ({ ticket }) => log.push(`decoded ${ticket}`),
      onDropped: (ticket) => log.push(`dropped ${ticket}`),
      onFailed: (ticket, why) => log.push(`failed ${ticket} ${why}`),
      onWholeNeeded: () => log.push("needs a whole picture"),
    },
    ({ ticket }) => new Promise((resolve) => running.set(ticket, resolve)),
  );
  const push = (ticket: number): void => decoder.push(image(ticket));
  /** Push rectangles of the picture before. */
  const pushRects = (ticket: number, fields: Partial<EncodedPicture["header"]> & { base_seq?: number } = {}): void =>
    decoder.push(rects(ticket, fields));
  const finish = async (ticket: number, failure?: string, side = 1): Promise<void> => {
    const bitmap = { width: side, height: side, close: () => closed.push(ticket) } as unknown as ImageBitmap;
    running.get(ticket)?.(failure ?? [{ x: 0, y: 0, width: 1, height: 1, bitmap }]);
    running.delete(ticket);
    await new Promise((resolve) => setImmediate(resolve));
  };
  /** What happened since the last call. */
  const news = (): string[] => log.splice(0);
  return { decoder, log, closed, push, pushRects, finish, news, running: () => [...running.keys()] };
}

function image(ticket: number): EncodedPicture {
  const header = { type: "image_frame", seq: ticket, timestamp_us: 0, width: 1, height: 1, mime: "image/png" } as const;
  return { ticket, header, payload: new Uint8Array() };
}

function rects(ticket: number, fields: object): EncodedPicture {
  const header = {
    type: "image_rects",
    seq: ticket,
    timestamp_us: 0,
    width: 1,
    height: 1,
    base_seq: ticket - 1,
    rects: [0, 0, 1, 1, 0],
    mimes: ["image/png"],
    ...fields,
  } as const;
  return { ticket, header, payload: new Uint8Array() };
}

test("three images are decoded in parallel, the next one when one finishes", async () => {
  const { push, finish, running, decoder } = makeDecoder();
  for (const ticket of [1, 2, 3, 4]) push(ticket);
  assert.deepEqual(running(), [1, 2, 3]);
  assert.equal(decoder.queueSize, 4);
  await finish(1);
  assert.deepEqual(running(), [2, 3, 4]);
});

test("images that are decoded in order are delivered in order", async () => {
  const { push, finish, log } = makeDecoder();
  for (const ticket of [1, 2, 3]) push(ticket);
  for (const ticket of [1, 2, 3]) await finish(ticket);
  assert.deepEqual(log, ["decoded 1", "decoded 2", "decoded 3"]);
});

test("an image that a newer one overtook is dropped at once, and its late bitmap is closed", async () => {
  const { push, finish, log, closed } = makeDecoder();
  for (const ticket of [1, 2, 3]) push(ticket);
  await finish(2);
  assert.deepEqual(log, ["dropped 1", "decoded 2"]);
  await finish(1);
  await finish(3);
  assert.deepEqual(log, ["dropped 1", "decoded 2", "decoded 3"]);
  assert.deepEqual(closed, [1]);
});

test("an overtaken decode still counts, so never more than three run", async () => {
  const { push, finish, running } = makeDecoder();
  for (const ticket of [1, 2, 3, 4, 5]) push(ticket);
  await finish(3);
  assert.deepEqual(running(), [1, 2, 4]);
});

test("of more than three waiting images only the newest stays", () => {
  const { push, log, decoder } = makeDecoder();
  for (let ticket = 1; ticket <= 7; ticket += 1) push(ticket);
  assert.deepEqual(log, ["dropped 4", "dropped 5", "dropped 6"]);
  assert.equal(decoder.queueSize, 4);
});

test("a failed image is reported, and the others continue", async () => {
  const { push, finish, log } = makeDecoder();
  push(1);
  push(2);
  await finish(1, "broken");
  await finish(2);
  assert.deepEqual(log, ["failed 1 broken", "decoded 2"]);
});

test("a failed newer image does not drop an older one", async () => {
  const { push, finish, log } = makeDecoder();
  push(1);
  push(2);
  await finish(2, "broken");
  await finish(1);
  assert.deepEqual(log, ["failed 2 broken", "decoded 1"]);
});

test("after a reset earlier images are not reported, and their bitmaps are closed", async () => {
  const { decoder, push, finish, log, closed } = makeDecoder();
  for (const ticket of [1, 2, 3, 4]) push(ticket);
  decoder.reset();
  push(5);
  for (const ticket of [1, 2, 3, 5]) await finish(ticket);
  assert.deepEqual(log, ["decoded 5"]);
  assert.deepEqual(closed, [1, 2, 3]);
});

test("rectangles wait for the pictures before them, in whatever order they are decoded", async () => {
  const { push, pushRects, finish, news } = makeDecoder();
  push(1);
  pushRects(2);
  pushRects(3);
  await finish(3);
  await finish(2);
  assert.deepEqual(news(), []);
  await finish(1);
  assert.deepEqual(news(), ["decoded 1", "decoded 2", "decoded 3"]);
});

test("a newer whole picture supersedes rectangles, decoded ones too, and closes their bitmaps", async () => {
  const { push, pushRects, finish, news, closed } = makeDecoder();
  push(1);
  pushRects(2);
  await finish(2);
  push(3);
  await finish(3);
  assert.deepEqual(news(), ["dropped 1", "dropped 2", "decoded 3"]);
  assert.deepEqual(closed, [2]);
  await finish(1);
  assert.deepEqual(closed, [2, 1]);
});

test("newer rectangles supersede nothing, however many wait", async () => {
  const { push, pushRects, finish, news } = makeDecoder();
  push(1);
  for (let ticket = 2; ticket <= 20; ticket += 1) pushRects(ticket);
  for (let ticket = 1; ticket <= 20; ticket += 1) await finish(ticket);
  assert.deepEqual(
    news(),
    Array.from({ length: 20 }, (_, index) => `decoded ${index + 1}`),
  );
});

test("of many waiting pictures the newest whole one and the rectangles after it stay", async () => {
  const { push, pushRects, finish, news } = makeDecoder();
  for (const ticket of [1, 2, 3, 4]) push(ticket);
  pushRects(5);
  push(6);
  pushRects(7);
  assert.deepEqual(news(), ["dropped 4", "dropped 5"]);
  for (const ticket of [1, 2, 3, 6, 7]) await finish(ticket);
  assert.deepEqual(news(), ["decoded 1", "decoded 2", "decoded 3", "decoded 6", "decoded 7"]);
});

test("rectangles apply to a picture that is newer than their base", async () => {
  const { push, pushRects, finish, news } = makeDecoder();
  push(5);
  await finish(5);
  pushRects(6, { base_seq: 2 });
  pushRects(7, { base_seq: 6 });
  await finish(6);
  await finish(7);
  assert.deepEqual(news(), ["decoded 5", "decoded 6", "decoded 7"]);
});

test("without a whole picture one is requested once, and the other rectangles are dropped", async () => {
  const { decoder, push, pushRects, finish, news, running } = makeDecoder();
  assert.ok(decoder.awaitsWhole);
  pushRects(1);
  pushRects(2);
  assert.deepEqual(running(), []);
  assert.deepEqual(news(), [
    "failed 1 There is no whole picture of 1 x 1 pixels for frame 1.",
    "needs a whole picture",
    "dropped 2",
  ]);
  push(2);
  assert.ok(!decoder.awaitsWhole);
  pushRects(3);
  await finish(3);
  await finish(2);
  assert.deepEqual(news(), ["decoded 2", "decoded 3"]);
});

const UNFIT: readonly [what: string, fields: object, why: string][] = [
  ["a newer picture", { base_seq: 2 }, "Frame 3 applies to frame 2, but the newest one is 1."],
  ["a wider picture", { base_seq: 1, width: 2 }, "There is no whole picture of 2 x 1 pixels for frame 3."],
  ["a higher picture", { base_seq: 1, height: 2 }, "There is no whole picture of 1 x 2 pixels for frame 3."],
];

for (const [what, fields, why] of UNFIT) {
  test(`rectangles of ${what} are not applied`, async () => {
    const { decoder, push, pushRects, finish, news, closed } = makeDecoder();
    push(1);
    await finish(1);
    pushRects(3, fields);
    pushRects(4);
    await finish(3);
    assert.deepEqual(news(), ["decoded 1", `failed 3 ${why}`, "needs a whole picture", "dropped 4"]);
    assert.deepEqual(closed, [3]);
    assert.ok(decoder.awaitsWhole);
    await finish(4);
    assert.deepEqual(closed, [3, 4]);
  });
}

test("rectangles are not applied to a frame that no canvas can hold", async () => {
  const { decoder, pushRects, finish, news } = makeDecoder();
  const side = 16_384;
  for (const [ticket, height] of [
    [1, side],
    [3, side + 1],
  ] as const) {
    const whole = image(ticket);
    decoder.push({ ...whole, header: { ...whole.header, width: side, height } });
    pushRects(ticket + 1, { width: side, height });
    await finish(ticket);
    await finish(ticket + 1);
  }
  assert.deepEqual(news(), [
    "decoded 1",
    "decoded 2",
    "decoded 3",
    "failed 4 Frame 4 has 16384 x 16385 pixels, too many to apply rectangles to.",
    "needs a whole picture",
  ]);
});

test("rectangles apply to a whole picture of that frame whatever the size of its image, and of theirs", async () => {
  const { push, pushRects, finish, news } = makeDecoder();
  push(1);
  await finish(1, undefined, 3);
  pushRects(2);
  await finish(2, undefined, 2);
  pushRects(3);
  await finish(3);
  assert.deepEqual(news(), ["decoded 1", "decoded 2", "decoded 3"]);
});

test("after rectangles that cannot be decoded the further ones are dropped until a whole picture", async () => {
  const { push, pushRects, finish, news } = makeDecoder();
  push(1);
  await finish(1);
  for (const ticket of [2, 3, 4]) pushRects(ticket);
  await finish(3, "broken");
  assert.deepEqual(news(), ["decoded 1"]);
  await finish(2);
  assert.deepEqual(news(), ["decoded 2", "failed 3 broken", "needs a whole picture", "dropped 4"]);
  pushRects(5);
  push(6);
  pushRects(7);
  await finish(7);
  await finish(6);
  assert.deepEqual(news(), ["dropped 5", "decoded 6", "decoded 7"]);
  pushRects(8);
  await finish(8, "broken again");
  assert.deepEqual(news(), ["failed 8 broken again", "needs a whole picture"]);
});

test("if the requested whole picture cannot be decoded, the next rectangles request another", async () => {
  const { push, pushRects, finish, news } = makeDecoder();
  pushRects(1);
  push(1);
  pushRects(2);
  await finish(1, "broken");
  assert.deepEqual(news().slice(1), [
    "needs a whole picture",
    "failed 1 broken",
    "failed 2 There is no whole picture of 1 x 1 pixels for frame 2.",
    "needs a whole picture",
  ]);
});

test("rectangles that cannot be decoded do no harm if a whole picture supersedes them", async () => {
  const { push, pushRects, finish, news } = makeDecoder();
  push(1);
  pushRects(2);
  push(3);
  await finish(2, "broken");
  await finish(3);
  assert.deepEqual(news(), ["dropped 1", "dropped 2", "decoded 3"]);
});

test("rectangles apply to an older picture if a whole one in between cannot be decoded and they do not need it", async () => {
  const { push, pushRects, finish, news } = makeDecoder();
  push(1);
  push(2);
  pushRects(3, { base_seq: 1 });
  await finish(1);
  await finish(3);
  await finish(2, "broken");
  assert.deepEqual(news(), ["decoded 1", "failed 2 broken", "decoded 3"]);
});

test("after a new negotiation rectangles wait for a whole picture that came after it", async () => {
  const { decoder, push, pushRects, finish, news } = makeDecoder();
  push(1);
  pushRects(2);
  decoder.requireWhole();
  assert.ok(decoder.awaitsWhole);
  assert.deepEqual(news(), ["dropped 2"]);
  await finish(1);
  assert.deepEqual(news(), ["decoded 1"]);
  assert.ok(decoder.awaitsWhole);
  push(3);
  pushRects(4);
  await finish(4);
  await finish(3);
  assert.deepEqual(news(), ["decoded 3", "decoded 4"]);
});

test("after a lost picture a whole one is requested once", async () => {
  const { decoder, push, pushRects, finish, news } = makeDecoder();
  push(1);
  await finish(1);
  decoder.lose("a malformed message");
  decoder.lose("a malformed message");
  pushRects(3, { base_seq: 1 });
  assert.deepEqual(news(), ["decoded 1", "needs a whole picture", "dropped 3"]);
});

test("a page that falls far behind drops the rectangles that wait, and requests a whole picture", async () => {
  const { push, pushRects, decoder, news } = makeDecoder();
  push(1);
  for (let ticket = 2; ticket <= 67; ticket += 1) pushRects(ticket);
  assert.deepEqual(news(), []);
  pushRects(68);
  const happened = news();
  assert.equal(happened.filter((each) => each.startsWith("dropped")).length, 67);
  assert.deepEqual(happened.slice(67), ["needs a whole picture"]);
  assert.equal(decoder.queueSize, 1);
});

test("a reset closes rectangles that were decoded, and forgets the picture", async () => {
  const { decoder, push, pushRects, finish, news, closed } = makeDecoder();
  push(1);
  pushRects(2);
  await finish(2);
  decoder.reset();
  assert.deepEqual(closed, [2]);
  pushRects(3);
  assert.deepEqual(news(), [
    "failed 3 There is no whole picture of 1 x 1 pixels for frame 3.",
    "needs a whole picture",
  ]);
});

test("whatever comes, pictures are shown in order, each is finished once, and rectangles only on their base", async () => {
  const random = seededRandom(3);
  for (let round = 0; round < 200; round += 1) {
    const { push, pushRects, finish, news, running } = makeDecoder();
    const wholes = new Set<number>();
    for (let ticket = 1; ticket <= 12; ticket += 1) {
      if (ticket === 1 || random() < 0.3) {
        push(ticket);
        wholes.add(ticket);
      } else {
        pushRects(ticket);
      }
      const [some] = running().toSorted(() => random() - 0.5);
      if (some !== undefined && random() < 0.6) await finish(some, random() < 0.15 ? "broken" : undefined);
    }
    for (let some = running(); some.length > 0; some = running()) {
      await finish(some[Math.floor(random() * some.length)] ?? 0, random() < 0.15 ? "broken" : undefined);
    }
    const happened = news().filter((each) => each !== "needs a whole picture");
    const tickets = happened.map((each) => Number(each.split(" ")[1]));
    assert.deepEqual(
      tickets.toSorted((a, b) => a - b),
      Array.from({ length: 12 }, (_, index) => index + 1),
    );
    const shown = happened.filter((each) => each.startsWith("decoded")).map((each) => Number(each.split(" ")[1]));
    for (const [index, ticket] of shown.entries()) {
      assert.ok(ticket > (shown[index - 1] ?? 0), happened.join());
      if (!wholes.has(ticket)) assert.equal(shown[index - 1], ticket - 1, happened.join());
    }
  }
});
