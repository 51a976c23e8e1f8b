import { CardServer } from "./support/card_server.ts";
import type { Page } from "@playwright/test";
import type { Bytes, Manner } from "./support/plain_page.ts";
import { PlainPage, change, hide, noted, show, unmount } from "./support/plain_page.ts";
import type { Point } from "./support/card.ts";
import type { Rgb } from "./support/png.ts";
import { Pixels } from "./support/png.ts";
import {
  boxOf,
  expectCard,
  expectExactCard,
  expectLive,
  expectMoving,
  isClose,
  placeOf,
  views,
} from "./support/screen.ts";
import { expect, expectOneSocket, test, workersOf } from "./support/test.ts";

const FRAME = { width: 320, height: 180 };

let plain: PlainPage;
let server: CardServer;
let poster: Bytes;

test.beforeAll(async ({ browser }) => {
  [plain, server] = await Promise.all([PlainPage.start(), CardServer.start()]);
  const page = await browser.newPage();
  await plain.mount(page, traits(true));
  await expectLive(page);
  poster = await stillOf(page);
  await page.close();
});

test.afterAll(async () => {
  await Promise.all([plain.stop(), server.kill()]);
});

/** What Python would set; a view without chrome, as large as the frame. */
function traits(onPage: boolean): object {
  const { url, token } = server;
  return { url, token, height: 180, main_thread_present: onPage, chrome: false };
}

/** What the live picture shows now, as a JPEG. */
function stillOf(page: Page): Promise<Bytes> {
  return page.locator(".rfb-canvas").evaluate((live: HTMLCanvasElement) => {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [live.width, live.height];
    canvas.getContext("2d")?.drawImage(live, 0, 0);
    return { base64: canvas.toDataURL("image/jpeg", 1).split(",")[1] ?? "" };
  });
}

/** Dimming a poster that waits has a test of its own; elsewhere a slow machine would look at it too late. */
async function keepBright(page: Page): Promise<void> {
  await page.addStyleTag({ content: ".rfb-poster { animation: none !important }" });
}

/** Look at the first view once an animation frame, and whenever its poster goes, from now on. */
function watchPicture(page: Page): Promise<void> {
  return page.evaluate(() => {
    const scratch = document.createElement("canvas");
    [scratch.width, scratch.height] = [1, 1];
    const context = scratch.getContext("2d");
    const look = (): void => {
      const canvas = document.querySelector<HTMLCanvasElement>(".rfb-canvas");
      const isPosterThere = document.querySelector<HTMLImageElement>(".rfb-poster")?.complete ?? false;
      context?.clearRect(0, 0, 1, 1);
      if (canvas !== null) context?.drawImage(canvas, 0, 0, 1, 1);
      const isCanvasPainted = (context?.getImageData(0, 0, 1, 1).data[3] ?? 0) > 0;
      window.looks.push({ isPosterThere, isCanvasPainted });
    };
    window.looks = [];
    new MutationObserver(look).observe(document.body, { childList: true, subtree: true });
    const next = (): void => {
      look();
      requestAnimationFrame(next);
    };
    next();
  });
}

declare global {
  interface Window {
    looks: { isPosterThere: boolean; isCanvasPainted: boolean }[];
  }
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
  const { sent, saves } = await noted(page);
  expect(saves).toEqual([]);
  expect(sent.every(({ kind }) => kind === "report")).toBe(true);
  expect(sent.flatMap(({ state }) => state ?? [])).toEqual(["connecting", "open", "negotiated"]);
  const keys = ["framesDisplayed", "framesDropped", "lastDisplayedSeq", "decodeQueueSize", "transport"];
  expect(Object.keys(sent.at(-1)?.stats ?? {})).toEqual(expect.arrayContaining(keys));
});

test("an address that comes with the ticket for it opens one socket", async ({ page, sockets }) => {
  const { url, token } = server;
  await plain.mount(page, { height: 180, has_token: true, chrome: false });
  await page.evaluate(
    (traits) => {
      for (const [name, value] of Object.entries(traits)) window.mounted.model.change(name, value);
    },
    { ticket: token, url },
  );
  await expectLive(page);
  expectOneSocket(sockets);
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

for (const onPage of [true, false]) {
  const where = onPage ? "the page" : "the worker";

  test(`a poster shows until the picture is live, and no animation frame is blank; ${where} presents`, async ({
    page,
    sockets,
  }) => {
    await plain.mount(page, { ...traits(onPage), url: "", poster });
    await keepBright(page);
    await expectCard(views(page), FRAME, { tolerance: 8 });
    expect(sockets.urls).toEqual([]);
    await watchPicture(page);
    await change(page, "url", server.url);
    await expectLive(page);
    await expect(page.locator(".rfb-poster")).toHaveCount(0);
    await expectMoving(views(page), FRAME);
    await expectExactCard(views(page), FRAME);
    const looks = await page.evaluate(() => window.looks);
    expect(looks[0]).toEqual({ isPosterThere: true, isCanvasPainted: false });
    expect(looks.at(-1)).toEqual({ isPosterThere: false, isCanvasPainted: true });
    expect(looks.filter(({ isPosterThere, isCanvasPainted }) => !isPosterThere && !isCanvasPainted)).toEqual([]);
  });

  test(`a view that comes back goes on with the live picture and not with a poster; ${where} presents`, async ({
    page,
  }) => {
    await plain.mount(page, { ...traits(onPage), poster });
    await expectLive(page);
    await hide(page);
    await expect(views(page)).toHaveCount(0);
    await show(page, "#place");
    await expect(page.locator(".rfb-poster")).toHaveCount(0);
    await expectMoving(views(page), FRAME);
    await change(page, "poster", poster);
    await expect(page.locator(".rfb-poster")).toHaveCount(0);
  });
}

test("a poster that comes late shows in every view, and one that is taken back in none", async ({ page }) => {
  await plain.mount(page, { ...traits(true), url: "" });
  await keepBright(page);
  await show(page);
  await expect(page.locator(".rfb-poster")).toHaveCount(0);
  await change(page, "poster", poster);
  for (const view of await views(page).all()) await expectCard(view, FRAME, { tolerance: 8 });
  await show(page);
  await expectCard(views(page).last(), FRAME, { tolerance: 8 });
  await change(page, "poster", { base64: "" });
  await expect(page.locator(".rfb-poster")).toHaveCount(0);
});

test("a poster that is no picture is as none", async ({ page }) => {
  await plain.mount(page, { ...traits(true), url: "", poster: { base64: "bm8gcGljdHVyZQ==" } });
  await expect(page.locator(".rfb-poster")).toHaveCount(0);
});

test("a poster lies where the live picture will, whatever the fit", async ({ page }) => {
  const height = 260; // another shape than that of the frame
  await plain.mount(page, { ...traits(true), url: "", poster, height });
  await keepBright(page);
  for (const fit of ["contain", "cover", "fill"] as const) {
    await change(page, "fit", fit);
    await expectCard(views(page), FRAME, { fit, tolerance: 12 });
  }
});

test("a poster is dimmed after a second without a connection, under pill and banner in the corners", async ({
  page,
}) => {
  const url = "ws://127.0.0.1:9/default"; // nobody is there
  await plain.mount(page, { ...traits(true), url, poster, chrome: true });
  const image = page.locator(".rfb-poster");
  const opacityAt = await image.evaluate((element) => {
    // Of the animation itself, so that a slow machine does not matter.
    const [dimming] = element.getAnimations();
    const opacity = (ms: number): number => {
      if (dimming === undefined) return NaN;
      dimming.currentTime = ms;
      return Number(getComputedStyle(element).opacity);
    };
    return [0, 900, 2000].map(opacity);
  });
  expect(opacityAt).toEqual([1, 1, 0.55]);
  await expect(page.locator(".rfb-banner")).toBeVisible();
  const [view, pill, banner] = await Promise.all(
    [views(page), page.locator(".rfb-status"), page.locator(".rfb-banner")].map(boxOf),
  );
  if (!view || !pill || !banner) throw new Error("not laid out");
  expect([pill.x - view.x, pill.y - view.y]).toEqual([10, 10]);
  expect(view.y + view.height - banner.y - banner.height).toBe(12);
});

test("poster and live picture are read out as one picture", async ({ page }) => {
  await plain.mount(page, { ...traits(true), url: "", poster, alt: "A card" });
  await expect(page.locator(".rfb-poster")).toHaveAttribute("alt", "A card");
  await expect(page.getByRole("img")).toHaveCount(1);
  await change(page, "alt", "A test card");
  await expect(page.getByRole("img", { name: "A test card" })).toHaveCount(1);
  await change(page, "url", server.url);
  await expect(page.locator(".rfb-poster")).toHaveCount(0);
  await expect(page.getByRole("img", { name: "A test card" })).toHaveCount(1);
});

test.describe("in a page that was exported", () => {
  test.beforeEach(({ page }) => page.addInitScript(() => Object.assign(window, { __MARIMO_STATIC__: {} })));

  test("the poster is all there is: bright, with a name, open to the context menu and without a socket", async ({
    page,
    sockets,
  }) => {
    await plain.mount(page, { ...traits(true), poster, chrome: true, alt: "A card", sync_last_event: true });
    await expectCard(views(page), FRAME, { tolerance: 8 });
    await expect(page.getByRole("img", { name: "A card" })).toHaveCount(1);
    await expect(page.locator(".rfb-status, .rfb-banner")).toHaveCount(0);
    expect(await page.locator(".rfb-poster").evaluate((image) => image.getAnimations().length)).toBe(0);
    const menu = page.evaluate(
      () => new Promise((resolve) => addEventListener("contextmenu", (event) => resolve(event.defaultPrevented))),
    );
    await page.locator(".rfb-poster").click({ button: "right" });
    expect(await menu).toBe(false);
    expect(sockets.urls).toEqual([]);
    expect(await workersOf(page)).toBe(0);
    expect((await noted(page)).saves).toEqual([]);
  });

  test("without a poster a sentence says where the picture is", async ({ page }) => {
    await plain.mount(page, { ...traits(true), chrome: true });
    await expect(page.locator(".rfb-banner")).toContainText("saved copy");
    await expect(page.locator(".rfb-status")).toHaveText("closed");
  });
});

test.describe("what a person does", () => {
  const POINT = { x: 100, y: 50 };

  interface Saved {
    readonly type: string;
    readonly x: number;
    readonly y: number;
    readonly start?: Saved;
    readonly end?: Saved;
  }

  async function saved(page: Page): Promise<Saved[]> {
    const { saves } = await noted(page);
    for (const save of saves) expect(Object.keys(save)).toEqual(["last_event"]);
    return saves.map((save) => save["last_event"] as Saved);
  }

  async function clickPicture(page: Page): Promise<void> {
    const { x, y } = await placeOf(views(page), FRAME, POINT);
    await page.mouse.click(x, y);
  }

  test("is saved to the model only while Python asks, and the last of it when Python comes to ask", async ({
    page,
  }) => {
    await plain.mount(page, traits(true));
    await expectLive(page);
    await clickPicture(page);
    await page.keyboard.press("a");
    await expect.poll(() => server.events("key_up").length).toBeGreaterThan(0);
    expect(await saved(page)).toEqual([]);

    await change(page, "sync_last_event", true);
    await expect.poll(() => saved(page)).toMatchObject([{ type: "key_down", key: "a" }]);
    await change(page, "sync_last_event", false);
    await change(page, "sync_last_event", true);
    await clickPicture(page);
    await expect.poll(() => saved(page)).toMatchObject([{ type: "key_down" }, { type: "pointer_down", ...POINT }]);
    await change(page, "sync_last_event", false);
    await clickPicture(page);
    expect(await saved(page)).toHaveLength(2);
  });

  test("is saved once for each discrete event, in order, and equal clicks are two", async ({ page }) => {
    await plain.mount(page, { ...traits(true), sync_last_event: true });
    await expectLive(page);
    await clickPicture(page);
    await clickPicture(page); // the browser takes no two clicks of a test for a double click
    const end = await placeOf(views(page), FRAME, { x: 150, y: 80 });
    await page.mouse.down();
    await page.mouse.move(end.x, end.y, { steps: 5 });
    await page.mouse.wheel(0, 100);
    await page.mouse.up();
    await page.keyboard.press("b");
    await expect
      .poll(() => saved(page))
      .toMatchObject([
        { type: "pointer_down", ...POINT },
        { type: "pointer_down", ...POINT },
        { type: "pointer_down", ...POINT },
        { type: "drag", start: POINT, end: { x: 150, y: 80 } },
        { type: "key_down", key: "b" },
      ]);
  });

  for (const style of [
    "transform: scaleX(-1)",
    "transform: rotate(90deg)",
    "rotate: 33deg; scale: 1.3 0.8",
    "transform: skew(20deg)",
    "transform: perspective(500px) rotateY(50deg)",
    "transform: perspective(600px) rotateX(-40deg) rotate(15deg) scaleY(-1)",
    "zoom: 1.5",
  ]) {
    test(`is told at the pixel where it was done, in a page with ${style}`, async ({ page }) => {
      await plain.mount(page, traits(true));
      await page.addStyleTag({ content: `#place { margin: 160px; ${style} }` });
      await expectLive(page);
      const [inside, outside] = [POINT, { x: 120, y: -20 }];
      const from = await markedPlace(page, inside, "#ff00ff");
      const to = await markedPlace(page, outside, "#00ffff");
      const before = server.events("pointer_up").length;
      await page.mouse.move(from.x, from.y);
      // What is under the pointer stays there.
      await page.keyboard.down("Control");
      await page.mouse.wheel(0, -100);
      await page.keyboard.up("Control");
      await expect.poll(() => page.locator(".rfb-animating").evaluate((each) => each.getAnimations().length)).toBe(0);
      await page.mouse.down();
      await page.mouse.move(to.x, to.y);
      await page.mouse.up();
      await expect.poll(() => server.events("pointer_up").length).toBe(before + 1);
      const [down, up] = ["pointer_down", "pointer_up"].map((type) => server.events(type).at(-1));
      expect(Math.hypot((down?.x ?? NaN) - inside.x, (down?.y ?? NaN) - inside.y)).toBeLessThan(2);
      // Captured, and a quarter nearer to where it was zoomed about.
      const end = { x: inside.x + (outside.x - inside.x) / 1.25, y: inside.y + (outside.y - inside.y) / 1.25 };
      expect(Math.hypot((up?.x ?? NaN) - end.x, (up?.y ?? NaN) - end.y)).toBeLessThan(2);
    });
  }

  test("is not saved while nobody is connected", async ({ page }) => {
    const dying = await CardServer.start();
    await plain.mount(page, { ...traits(true), url: dying.url, sync_last_event: true });
    await expectLive(page);
    await dying.kill();
    await expect(views(page)).toHaveAttribute("data-state", "reconnecting");
    await clickPicture(page);
    await page.keyboard.press("a");
    expect(await saved(page)).toEqual([]);
  });
});

/** Where a person sees a place of the view, which is `point` in its CSS pixels: there is a speck of that colour. */
async function markedPlace(page: Page, point: Point, color: string): Promise<Point> {
  await views(page).evaluate(
    (root, [{ x, y }, background]) => {
      const speck = document.createElement("div");
      const place = { position: "absolute", left: `${x - 3}px`, top: `${y - 3}px`, width: "6px", height: "6px" };
      Object.assign(speck.style, place, { background, pointerEvents: "none" });
      root.append(speck);
    },
    [point, color] as const,
  );
  const seen = Pixels.fromPng(await page.screenshot());
  const wanted = [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16)) as unknown as Rgb;
  const found: Point[] = [];
  for (let y = 0; y < seen.height; y++) {
    for (let x = 0; x < seen.width; x++) {
      if (isClose(seen.at(x, y), wanted, 60)) found.push({ x: x + 0.5, y: y + 0.5 });
    }
  }
  const mean = (of: (each: Point) => number): number => found.reduce((sum, each) => sum + of(each), 0) / found.length;
  return { x: mean(({ x }) => x), y: mean(({ y }) => y) };
}

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

const HOPELESS = [
  {
    what: "a page of another version than the kernel's",
    given: { version: "0.0.1" },
    says: /kernel has 0\.0\.1\. Reload/,
  },
  {
    what: "a kernel that cannot serve",
    given: { obstacle: "What is shown is a still. Open the notebook elsewhere." },
    says: /^What is shown is a still\. Open/,
  },
] as const;
for (const { what, given, says } of HOPELESS) {
  test(`${what} is told so over the still, and nothing is tried`, async ({ page, sockets }) => {
    await plain.mount(page, { ...traits(true), ...given, chrome: true, poster });
    await expect(views(page).locator(".rfb-banner-text")).toHaveText(says);
    await expect(views(page).locator(".rfb-banner")).toBeVisible();
    await expect(views(page).locator(".rfb-retry")).toHaveCount(0);
    await expect(views(page).locator(".rfb-poster")).toBeVisible();
    await expect
      .poll(async () => (await noted(page)).sent.map(({ state }) => state))
      .toContain("version" in given ? "error" : "closed");
    expect([sockets.open, await workersOf(page)]).toEqual([0, 0]);
  });
}
