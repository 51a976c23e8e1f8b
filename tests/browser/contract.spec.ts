import { CardServer } from "./support/card_server.ts";
import type { Manner } from "./support/plain_page.ts";
import { PlainPage, change, noted, unmount } from "./support/plain_page.ts";
import { expectExactCard, expectLive, expectMoving, views } from "./support/screen.ts";
import { expect, test, workersOf } from "./support/test.ts";

const FRAME = { width: 320, height: 180 };

let plain: PlainPage;
let server: CardServer;

test.beforeAll(async () => {
  [plain, server] = await Promise.all([PlainPage.start(), CardServer.start()]);
});

test.afterAll(async () => {
  await Promise.all([plain.stop(), server.kill()]);
});

/** What Python would set; a view without chrome, as large as the frame. */
function traits(onPage: boolean): object {
  const { url, token } = server;
  return { url, token, height: 180, main_thread_present: onPage, chrome: false };
}

for (const onPage of [true, false]) {
  const where = onPage ? "the page" : "the worker";

  for (const manner of ["signal", "cleanup"] as const satisfies readonly Manner[]) {
    const host = manner === "signal" ? "gives signals" : "knows neither signals nor initialize";
    test(`a host that ${host} gets a picture and in the end everything back; ${where} presents`, async ({
      page,
      sockets,
    }) => {
      await plain.mount(page, traits(onPage), manner);
      await expectLive(page);
      await expectMoving(views(page), FRAME);
      expect(await server.viewers()).toBe(1);
      expect(await workersOf(page)).toBe(1);

      await unmount(page);
      await expect(page.locator("#place")).toBeEmpty();
      await expect.poll(() => sockets.open).toBe(0);
      await expect.poll(() => workersOf(page)).toBe(0);
      await expect.poll(() => server.viewers()).toBe(0);
      expect((await noted(page)).listeners).toBe(0);
    });
  }

  test(`every pixel of the frame is right on screen when ${where} presents`, async ({ page }) => {
    await plain.mount(page, traits(onPage));
    await expectLive(page);
    await expectExactCard(views(page), FRAME);
  });

  test(`the picture stays when the view is moved to another place; ${where} presents`, async ({ page }) => {
    await plain.mount(page, traits(onPage));
    await expectLive(page);
    await page.evaluate(() =>
      document.querySelector("#other-place")?.append(document.querySelector("#place") as Element),
    );
    await expectMoving(views(page), FRAME);
    await expectExactCard(views(page), FRAME);
  });
}

test("the page reports by custom message and never saves a trait", async ({ page }) => {
  await plain.mount(page, traits(true));
  await expect
    .poll(async () => (await noted(page)).sent.filter(({ stats }) => stats !== undefined).length)
    .toBeGreaterThan(1);
  const { sent, saved } = await noted(page);
  expect(saved).toBe(0);
  expect(sent.every(({ kind }) => kind === "report")).toBe(true);
  expect(sent.flatMap(({ state }) => state ?? [])).toEqual(["connecting", "open", "negotiated"]);
  const keys = ["framesDisplayed", "framesDropped", "lastDisplayedSeq", "decodeQueueSize", "transport"];
  expect(Object.keys(sent.at(-1)?.stats ?? {})).toEqual(expect.arrayContaining(keys));
});

test("another address opens another socket and closes the one that was there", async ({ page, sockets }) => {
  const other = await CardServer.start({ first: 512 });
  try {
    await plain.mount(page, traits(true));
    await expectLive(page);
    await change(page, "url", other.url);
    await expect.poll(() => other.viewers()).toBe(1);
    await expect.poll(() => server.viewers()).toBe(0);
    await expectLive(page);
    await expectMoving(views(page), FRAME);
    expect(sockets.open).toBe(1);
    expect(await workersOf(page)).toBe(1);
  } finally {
    await other.kill();
  }
});

test.describe("with two device pixels for each of the page", () => {
  test.use({ deviceScaleFactor: 2 });

  test("a frame of twice the size has a pixel of the screen for each of its own", async ({ page }) => {
    const fine = await CardServer.start({ size: "640x360", "pixel-ratio": 2 });
    try {
      for (const onPage of [true, false]) {
        await plain.mount(page, { ...traits(onPage), url: fine.url });
        await expectLive(page);
        await expectExactCard(views(page), { width: 640, height: 360 });
      }
    } finally {
      await fine.kill();
    }
  });
});
