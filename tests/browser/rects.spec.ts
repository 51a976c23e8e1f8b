import type { Locator, Page } from "@playwright/test";
import { PlainPage, hide, noted, show } from "./support/plain_page.ts";
import { Pixels } from "./support/png.ts";
import { Program, freePort } from "./support/process.ts";
import { boxOf, views } from "./support/screen.ts";
import { expect, test } from "./support/test.ts";

/** What the page said to the server. */
interface Heard {
  /** The number of the last picture that was sent. */
  readonly seq: number;
  readonly messages: readonly {
    readonly type: string;
    readonly seq?: number;
    readonly displayed?: boolean;
    readonly event?: { readonly type: string };
  }[];
}

const BAD = ["late_base", "outside", "undecodable", "huge", "empty", "other_frame", "malformed"] as const;

let plain: PlainPage;
let program: Program;
let port: number;

test.beforeAll(async () => {
  port = await freePort();
  program = new Program(["-m", "serve_rects", `--port=${port}`]);
  [plain] = await Promise.all([PlainPage.start(), program.answers(`http://127.0.0.1:${port}/health`)]);
});

test.afterAll(async () => {
  await Promise.all([plain.stop(), program.kill()]);
});

async function ask(what: string): Promise<Buffer> {
  const response = await fetch(`http://127.0.0.1:${port}/${what}`);
  if (!response.ok) throw new Error(`the server failed: ${program.output}`);
  return Buffer.from(await response.arrayBuffer());
}

async function heard(): Promise<Heard> {
  return JSON.parse((await ask("heard")).toString()) as Heard;
}

async function requests(): Promise<number> {
  return (await heard()).messages.filter(({ type }) => type === "request_keyframe").length;
}

/** Wait until the page acknowledged all that was sent; return whether it showed the last of it. */
async function acknowledged(): Promise<boolean | undefined> {
  const last = async (): Promise<{ behind: number; displayed: boolean | undefined }> => {
    const { seq, messages } = await heard();
    const ack = messages.findLast(({ type }) => type === "ack");
    return { behind: seq - (ack?.seq ?? -1), displayed: ack?.displayed };
  };
  await expect.poll(async () => (await last()).behind, { intervals: [5, 10, 20, 50] }).toBe(0);
  return (await last()).displayed;
}

async function mount(page: Page, onPage: boolean, traits: object = {}): Promise<void> {
  const url = `ws://127.0.0.1:${port}/default`;
  await plain.mount(page, { url, token: "any", height: 180, main_thread_present: onPage, chrome: false, ...traits });
  await page.addStyleTag({ content: ".rfb-root { background: white !important }" });
  await expect(views(page)).toHaveAttribute("data-state", "negotiated");
}

/** What the page should show, and how far the levels of a pixel may be off that: not at all unless it was stretched. */
interface Expected {
  readonly pixels: Pixels;
  readonly leeway: Pixels;
}

async function expectation(): Promise<Expected> {
  const [pixels, leeway] = await Promise.all([ask("expected"), ask("leeway")]);
  return { pixels: Pixels.fromPng(pixels), leeway: Pixels.fromPng(leeway) };
}

/** How many pixels of the screen are not those that the server expects. */
async function wrongPixels(view: Locator): Promise<number> {
  const wanted = await expectation();
  const { pixels: expected } = wanted;
  const box = await boxOf(view.locator(".rfb-viewport"));
  const x = box.x + (box.width - expected.width) / 2;
  const y = box.y + (box.height - expected.height) / 2;
  const clip = { x, y, width: expected.width, height: expected.height };
  return differences(Pixels.fromPng(await view.page().screenshot({ clip })), wanted);
}

/** What screenshots, recordings and the magnifier take from the canvas of the view, on white. */
async function canvasPixels(page: Page): Promise<Pixels> {
  const png = await page.locator(".rfb-canvas").evaluate((shown: HTMLCanvasElement) => {
    const scratch = document.createElement("canvas");
    [scratch.width, scratch.height] = [shown.width, shown.height];
    const context = scratch.getContext("2d", { alpha: false });
    if (context === null) throw new Error("no context");
    context.fillStyle = "white";
    context.fillRect(0, 0, shown.width, shown.height);
    context.drawImage(shown, 0, 0);
    return scratch.toDataURL("image/png").split(",")[1] ?? "";
  });
  return Pixels.fromPng(Buffer.from(png, "base64"));
}

/** How many pixels are not as expected; all of them if the picture has another size. */
function differences(seen: Pixels, { pixels: expected, leeway }: Expected): number {
  const { width, height } = expected;
  if (seen.width !== width || seen.height !== height) return width * height;
  let wrong = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const wanted = expected.at(x, y);
      const [most] = leeway.at(x, y);
      if (seen.at(x, y).some((channel, index) => Math.abs(channel - (wanted[index] ?? 0)) > most)) wrong += 1;
    }
  }
  return wrong;
}

/** Wait until every pixel of each view is right; those that were stretched nearly. */
async function expectExact(page: Page): Promise<void> {
  for (const view of await page.locator(".rfb-root").all()) {
    await expect.poll(() => wrongPixels(view), { message: "how many pixels are wrong" }).toBe(0);
  }
}

declare global {
  interface Window {
    blanks: { looks: number; blank: number };
  }
}

/** Look at the canvas of the view in each animation frame, from now on. */
function watchForBlank(): void {
  const scratch = document.createElement("canvas");
  [scratch.width, scratch.height] = [1, 1];
  const context = scratch.getContext("2d", { willReadFrequently: true });
  window.blanks = { looks: 0, blank: 0 };
  const look = (): void => {
    const canvas = document.querySelector<HTMLCanvasElement>(".rfb-canvas");
    context?.clearRect(0, 0, 1, 1);
    if (canvas !== null) context?.drawImage(canvas, 0, 0, 1, 1);
    window.blanks.looks += 1;
    if (context?.getImageData(0, 0, 1, 1).data[3] !== 255) window.blanks.blank += 1;
    requestAnimationFrame(look);
  };
  look();
}

for (const onPage of [true, false]) {
  const where = onPage ? "the page" : "the worker";

  test(`rectangles replace their pixels exactly; ${where} presents`, async ({ page }) => {
    await mount(page, onPage);
    for (const sent of [
      "whole",
      "opaque",
      "several",
      "transparent",
      "many?count=40",
      "whole",
      "opaque",
      "whole?height=100",
      "opaque",
      "whole?width=300&height=180",
      "transparent",
    ]) {
      await ask(sent);
      expect(await acknowledged(), sent).toBe(true);
      await expectExact(page);
      expect(differences(await canvasPixels(page), await expectation())).toBe(0);
    }
    expect(await requests()).toBe(0);
  });

  test(`smaller pictures and rectangles are stretched to the frame; ${where} presents`, async ({ page }) => {
    await mount(page, onPage);
    for (const sent of [
      "scaled",
      "opaque",
      "scaled_rects",
      "transparent",
      "whole",
      "scaled_rects",
      "scaled?percent=19",
      "opaque",
      "scaled?width=300&percent=63",
      "scaled_rects",
    ]) {
      await ask(sent);
      expect(await acknowledged(), sent).toBe(true);
      await expectExact(page);
      const seen = await canvasPixels(page);
      if (sent !== "scaled") expect(differences(seen, await expectation()), sent).toBe(0);
      // Among whole pictures alone, the canvas has the size of their images: the browser stretches it for less.
      else expect([seen.width, seen.height]).toEqual([160, 90]);
    }

    for (let count = 0; count < 30; count += 1) {
      await ask("scaled?percent=25");
      expect(await acknowledged()).toBe(true);
    }
    const width = (): Promise<number> =>
      page.locator(".rfb-canvas").evaluate((canvas: HTMLCanvasElement) => canvas.width);
    await expect.poll(width).toBe(80);
    await expectExact(page);
    await ask("several");
    expect(await acknowledged()).toBe(true);
    await expect.poll(width).toBe(320);
    await expectExact(page);
    expect(await requests()).toBe(0);
  });

  test(`stretched images of one color have no seams, also in a frame of odd size; ${where} presents`, async ({
    page,
  }) => {
    await mount(page, onPage);
    await ask("flat");
    await ask("flat_rects");
    expect(await acknowledged()).toBe(true);
    await expectExact(page);
    const wrong = async (): Promise<number> => differences(await canvasPixels(page), await expectation());
    // Whole pictures are drawn on the canvas of the rectangles, and stretched there.
    for (const sent of ["flat", "flat_rects", "flat?width=317&height=179", "flat_rects", "flat_rects?red=91"]) {
      await ask(sent);
      expect(await acknowledged(), sent).toBe(true);
      await expect.poll(wrong, { message: sent }).toBe(0);
    }
  });

  test(`views that come later show stretched pictures; ${where} presents`, async ({ page }) => {
    await mount(page, onPage);
    await ask("scaled");
    await acknowledged();
    await show(page);
    await expect(views(page)).toHaveCount(2);
    await expectExact(page);
    await ask("opaque");
    expect(await acknowledged()).toBe(true);
    await expectExact(page);

    await hide(page);
    await ask("scaled_rects");
    await acknowledged();
    await show(page);
    await expect(views(page)).toHaveCount(1);
    await expectExact(page);
  });

  test(`rectangles apply to a smaller picture that came while there was no view; ${where} presents`, async ({
    page,
  }) => {
    await mount(page, onPage);
    await ask("scaled");
    await acknowledged();
    await hide(page);
    for (const sent of ["scaled?percent=63", "opaque"]) {
      await ask(sent);
      expect(await acknowledged(), sent).toBe(true);
    }
    await show(page);
    await show(page, "#place");
    await expect(views(page)).toHaveCount(2);
    await expectExact(page);
    await ask("several");
    expect(await acknowledged()).toBe(true);
    await expectExact(page);
  });

  test(`a frame that no canvas can hold gets no rectangles, and a key frame repairs it; ${where} presents`, async ({
    page,
  }) => {
    await mount(page, onPage);
    const failures: Error[] = [];
    page.on("pageerror", (failure) => failures.push(failure));
    await ask("whole");
    await ask("opaque");
    await acknowledged();
    await expectExact(page);
    // On the canvas of the rectangles, too.
    await ask("enormous");
    expect(await acknowledged()).toBe(true);
    await ask("enormous_rects");
    await expect.poll(requests).toBe(1);
    expect(await acknowledged()).toBe(false);
    await show(page);
    await expect(views(page)).toHaveCount(2);
    await ask("whole");
    await ask("opaque");
    expect(await acknowledged()).toBe(true);
    await expectExact(page);
    expect(await requests()).toBe(1);
    expect(failures).toEqual([]);
  });

  test(`a view that comes later, a second one and one that comes back show the composed picture; ${where} presents`, async ({
    page,
  }) => {
    await mount(page, onPage);
    await ask("whole");
    await ask("opaque");
    await acknowledged();
    await show(page);
    await expect(views(page)).toHaveCount(2);
    await expectExact(page);
    await ask("several");
    expect(await acknowledged()).toBe(true);
    await expectExact(page);

    await hide(page);
    await expect(views(page)).toHaveCount(0);
    await ask("transparent");
    await acknowledged();
    await show(page, "#place");
    await expectExact(page);
    await show(page);
    await ask("opaque");
    await expectExact(page);
  });

  test(`rectangles come again after many whole pictures, and the picture is never blank; ${where} presents`, async ({
    page,
  }) => {
    await mount(page, onPage);
    await ask("whole");
    await acknowledged();
    await expectExact(page);
    await page.evaluate(watchForBlank);
    for (let round = 0; round < 2; round += 1) {
      await ask("several");
      await acknowledged();
      await expectExact(page);
      await ask("wholes?count=5");
      await acknowledged();
      await expectExact(page);
      await ask("opaque");
      // The decoder may skip most of those that come at once.
      for (let count = 0; count < 30; count += 1) {
        await ask("whole");
        expect(await acknowledged()).toBe(true);
      }
      await expectExact(page);
    }
    const { looks, blank } = await page.evaluate(() => window.blanks);
    expect(looks).toBeGreaterThan(20);
    expect(blank).toBe(0);
  });

  test(`bad rectangles leave the picture, and a key frame repairs it; ${where} presents`, async ({ page }) => {
    await mount(page, onPage);
    await ask("whole");
    await acknowledged();
    for (const [index, bad] of BAD.entries()) {
      await ask(bad);
      await expect.poll(requests, { message: bad }).toBe(index + 1);
      // The page cannot know the number of a picture whose header it cannot read.
      if (bad !== "malformed") expect(await acknowledged(), bad).toBe(false);
      await ask("doomed");
      expect(await acknowledged(), bad).toBe(false);
      await expectExact(page);
      const lastError = async (): Promise<unknown> =>
        (await noted(page)).sent.flatMap((message) => ("last_error" in message ? [message.last_error] : [])).at(-1);
      await expect.poll(lastError, { message: bad }).toBeTruthy();

      await ask("whole?repeats=1");
      await expectExact(page);
      await ask("opaque");
      expect(await acknowledged(), bad).toBe(true);
      await expectExact(page);
      expect(await requests(), bad).toBe(index + 1);
    }
  });

  test(`a new negotiation needs a whole picture; ${where} presents`, async ({ page }) => {
    await mount(page, onPage);
    await ask("whole");
    await acknowledged();
    await ask("config");
    await ask("doomed");
    expect(await acknowledged()).toBe(false);
    expect(await requests()).toBe(1);
    await expectExact(page);
    await ask("whole?repeats=1");
    await expectExact(page);
  });

  test(`held keys and buttons stay held when rectangles begin; ${where} presents`, async ({ page }) => {
    await mount(page, onPage);
    await ask("whole");
    await acknowledged();
    const canvas = await page.locator(".rfb-canvas").elementHandle();
    await page.locator(".rfb-canvas").hover({ position: { x: 50, y: 50 } });
    await page.mouse.down();
    await page.keyboard.down("a");
    const events = async (): Promise<string[]> => (await heard()).messages.flatMap(({ event }) => event?.type ?? []);
    await expect.poll(events).toContain("char");
    const before = await events();

    await ask("opaque");
    await acknowledged();
    await expect.poll(() => canvas?.evaluate((old) => old.isConnected)).toBe(false);
    await expect(page.locator(".rfb-canvas")).toHaveCount(1);
    await page.keyboard.up("a");
    await page.mouse.up();
    await expect.poll(events).toContain("pointer_up");
    const after = (await events()).slice(before.length).filter((type) => type !== "pointer_move");
    expect(after).toEqual(["key_up", "pointer_up"]);
  });
}

for (const onPage of [true, false]) {
  const where = onPage ? "the page" : "the worker";

  test(`an animated zoom continues when the canvas changes; ${where} presents`, async ({ page }) => {
    await mount(page, onPage, { zoom_by: "gesture" });
    await ask("whole");
    await acknowledged();
    await page.addStyleTag({ content: ".rfb-canvas.rfb-animating { transition-duration: 60s !important }" });
    const canvas = page.locator(".rfb-canvas");
    const zoom = (): Promise<number> =>
      canvas.evaluate((shown) => new DOMMatrixReadOnly(getComputedStyle(shown).transform).a);
    await canvas.dblclick({ position: { x: 100, y: 60 } });
    await expect.poll(zoom).toBeGreaterThan(1.001);
    const old = await canvas.elementHandle();
    const before = await zoom();

    await ask("opaque");
    await acknowledged();
    await expect.poll(() => old?.evaluate((gone) => gone.isConnected)).toBe(false);
    const first = await zoom();
    expect(first).toBeGreaterThanOrEqual(before);
    expect(first).toBeLessThan(2);
    await expect.poll(zoom).toBeGreaterThan(first);
    await canvas.evaluate((shown) => shown.getAnimations().forEach((animation) => animation.finish()));
    expect(await zoom()).toBe(2);
  });
}

/** Wait until the page reported the picture that was sent last, and return the report. */
async function reported(page: Page): Promise<Readonly<Record<string, unknown>> | undefined> {
  await acknowledged();
  const { seq } = await heard();
  const newest = async (): Promise<Readonly<Record<string, unknown>> | undefined> =>
    (await noted(page)).sent.findLast(({ stats }) => stats !== undefined)?.stats;
  await expect.poll(async () => (await newest())?.lastDisplayedSeq).toBe(seq);
  return newest();
}

test("the page knows whether the composed picture is lossless", async ({ page }) => {
  await mount(page, true);
  const sent = { whole: 1, opaque: 1, several: 0, transparent: 0, settled: 1, "many?count=2": 1 };
  for (const [what, expected] of Object.entries(sent)) {
    await ask(what);
    expect((await reported(page))?.lossless, what).toBe(expected);
  }
});

test("a scaled picture is not lossless but has a latency, and one that is repeated has none", async ({ page }) => {
  await mount(page, true);
  await ask("aged");
  await ask("settled");
  expect((await reported(page))?.latencyMs).toBeUndefined();
  await ask("scaled");
  const stats = await reported(page);
  expect(stats?.lossless).toBe(0);
  // The repeated one was published an hour ago.
  expect(stats?.latencyP95Ms).toBeLessThan(3_000_000);
});

test("a picture that gets sharper in pieces counts as one frame a second", async ({ page }) => {
  await mount(page, true);
  await ask("whole");
  for (let piece = 0; piece < 5; piece += 1) await ask("settled");
  const stats = await reported(page);
  expect(stats?.framesDisplayed).toBe(6);
  expect(stats?.displayedFps).toBeLessThanOrEqual(1);
});
