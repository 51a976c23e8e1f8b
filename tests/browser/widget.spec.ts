import type { Page, Request } from "@playwright/test";
import { CardServer } from "./support/card_server.ts";
import { freePort } from "./support/process.ts";
import { MODES } from "./support/marimo.ts";
import { boxOf, expectCard, expectLive, expectMoving, views } from "./support/screen.ts";
import { expect, test } from "./support/test.ts";

const FRAME = { width: 320, height: 180 };

interface Stats {
  readonly framesDisplayed: number;
  readonly framesDropped: number;
  readonly lastDisplayedSeq: number;
  readonly decodeQueueSize: number;
  readonly transport: string;
  readonly rtt_ms?: number;
}

/** How long the messages are that marimo's own connection carries while it is watched. */
class Messages {
  readonly received: number[] = [];
  readonly sent: number[] = [];
  isWatched = false;

  constructor(page: Page) {
    page.on("websocket", (socket) => {
      if (!/\/ws$/.test(new URL(socket.url()).pathname)) return;
      socket.on("framereceived", ({ payload }) => void (this.isWatched && this.received.push(payload.length)));
    });
    page.on("request", (request) => void (this.isWatched && this.sent.push(request.postData()?.length ?? 0)));
  }
}

for (const mode of MODES) {
  test(`in marimo ${mode}, Python hears how the page is doing by short messages and no cell runs again for it`, async ({
    page,
    open,
  }) => {
    const messages = new Messages(page);
    const notebook = await open("cells.py", { mode });
    await expectLive(page);
    await views(page).scrollIntoViewIfNeeded(); // what nobody sees gets no frames
    const told = (): Stats[] =>
      notebook.facts<{ stats?: Stats }>("traits").flatMap(({ stats }) => (stats === undefined ? [] : [stats]));
    await expect.poll(() => told().length).toBeGreaterThanOrEqual(1);
    messages.isWatched = true;
    const before = told().length;
    await expect.poll(() => told().length).toBeGreaterThanOrEqual(before + 3);
    messages.isWatched = false;
    const { received, sent } = messages;
    expect(sent.length).toBeGreaterThanOrEqual(2); // the statistics themselves
    expect(sent.length).toBeLessThan(30); // and not one for each frame
    expect(Math.max(...sent, ...received)).toBeLessThan(1024);

    const states = notebook
      .facts<{ state?: string }>("traits")
      .flatMap(({ state }) => (state === undefined ? [] : [state]));
    expect(states).toEqual(["open", "negotiated"]); // and "connecting" before the first change
    const last = told().at(-1) as Stats;
    expect(last.framesDisplayed).toBeGreaterThan(told()[0]?.framesDisplayed ?? 0);
    expect(last.lastDisplayedSeq).toBeGreaterThanOrEqual(last.framesDisplayed);
    expect(last.framesDropped).toBeGreaterThanOrEqual(0);
    expect(last.decodeQueueSize).toBeGreaterThanOrEqual(0);
    expect(last.transport).toBe("direct");
    expect(told().some(({ rtt_ms = 0 }) => rtt_ms > 0)).toBe(true); // what the server measured
    expect(notebook.trait("last_error")).toBeUndefined();
    expect(notebook.facts("reads")).toHaveLength(1);
    expect(notebook.facts("made")).toHaveLength(1);
  });
}

test("the bare canvas has no chrome, the viewer the parts that a page may style, and they ask only this machine", async ({
  page,
  open,
  sockets,
}) => {
  const hosts = new Set<string>();
  const note = (request: Request): void => {
    const { protocol, hostname } = new URL(request.url());
    if (protocol.startsWith("http")) hosts.add(hostname);
  };
  page.on("request", note);
  await open("views.py", { query: { views: "Ppw" } });
  await expectLive(page, 3);
  const [viewer, bare] = [views(page).nth(0), views(page).nth(1)];
  for (const part of [".rfb-viewport", ".rfb-status", ".rfb-banner", ".rfb-canvas"])
    await expect(viewer.locator(part)).toHaveCount(1);
  await expect(bare.locator(".rfb-status, .rfb-banner")).toHaveCount(0);
  const [outer, inner] = [await boxOf(bare), await boxOf(bare.locator(".rfb-viewport"))];
  expect(inner).toEqual(outer);

  for (const view of await views(page).all()) await expectMoving(view, FRAME);
  expect([...hosts]).toEqual(["127.0.0.1"]);
  expect(sockets.urls.map((url) => new URL(url).hostname)).toEqual(["127.0.0.1", "127.0.0.1", "127.0.0.1"]);
});

test("name, status pill, height and fit can be changed while the picture runs", async ({ page, open, sockets }) => {
  const notebook = await open("views.py", { query: { views: "P" } });
  await expect(page.getByRole("img", { name: "Live picture of stream default" })).toBeVisible();
  await expectLive(page);
  await expect(views(page).locator(".rfb-status")).toHaveText("live");
  notebook.wish({ traits: { alt: "the level of the river", show_status: false } });
  await expect(page.getByRole("img", { name: "the level of the river" })).toBeVisible();
  await expect(views(page).locator(".rfb-status")).toHaveCount(0);
  notebook.wish({ traits: { show_status: true } });
  await expect(views(page).locator(".rfb-status")).toHaveCount(1);

  expect((await boxOf(views(page))).height).toBe(200);
  notebook.wish({ traits: { height: 300 } });
  await expect.poll(async () => (await boxOf(views(page))).height).toBe(300);
  await expectCard(views(page), FRAME);
  notebook.wish({ traits: { height: 150, fit: "cover" } });
  await expect.poll(async () => (await boxOf(views(page))).height).toBe(150);
  await expectCard(views(page), FRAME, { fit: "cover" });
  expect(sockets.urls).toHaveLength(1);
});

test("a view is 480 pixels high when nobody says how high", async ({ page, open }) => {
  await open("hub.py", { query: { tall: "yes" } });
  await expectLive(page, 2);
  expect((await boxOf(views(page).last())).height).toBe(480);
});

test("a view that is not interactive sends nothing and leaves the wheel to the page", async ({ page, open }) => {
  const notebook = await open("views.py", { query: { idle: "yes" } });
  await expectLive(page);
  await views(page).click();
  await page.keyboard.press("a");
  const top = (await boxOf(views(page))).y;
  await page.mouse.wheel(0, 60);
  await expect.poll(async () => (await boxOf(views(page))).y).toBeLessThan(top);
  const count = notebook.facts<{ framesDisplayed: number }>("traits").length;
  await expect.poll(() => notebook.facts("traits").length).toBeGreaterThan(count); // a while later
  const types = notebook.facts<{ type: string }>("events").map(({ type }) => type);
  expect(types.filter((type) => type !== "resize")).toEqual([]);
});

test("in mo.ui.array and side by side in mo.hstack views are as large as the room they have", async ({
  page,
  open,
}) => {
  await open("views.py", { query: { views: "PPPP", layout: "held" } });
  await expectLive(page, 4);
  const room = await boxOf(page.locator(".output-area").filter({ has: views(page) }));
  for (const view of await views(page).all()) {
    const { x, width } = await boxOf(view);
    expect(width).toBeGreaterThan(300);
    expect(x + width).toBeLessThanOrEqual(room.x + room.width);
    await expectCard(view, FRAME);
  }
});

test.describe("with a server apart from the notebook", () => {
  let server: CardServer;

  test.beforeAll(async () => {
    server = await CardServer.start();
  });

  test.afterAll(async () => {
    await server.kill();
  });

  test("url wins over base_path, base_path over host and port, and auto is the host of the page", async ({
    page,
    open,
    sockets,
  }) => {
    const { port, token, url } = server;
    const elsewhere = await freePort();
    const traits = [
      { url, base_path: "/not/this", host: "127.0.0.1", port: elsewhere, stream: "nor-this", token },
      { base_path: "/rfb/", host: "127.0.0.1", port, stream: "default", token },
      { host: "localhost", port, stream: "default", token },
      { host: "auto", port, stream: "default", token },
    ];
    await open("remote.py", { query: { traits: JSON.stringify(traits) } });
    await expectLive(page, 3);
    const marimo = new URL(page.url()).host;
    await expect
      .poll(() => [...new Set(sockets.urls)].sort())
      .toEqual([`ws://${marimo}/rfb/default`, url, `ws://localhost:${port}/default`].sort());
    expect(sockets.urls.filter((each) => each === url)).toHaveLength(2);
  });

  test("custom properties that another cell sets reach through marimo's shadow root", async ({ page, open }) => {
    const html = `<style>:root {
      --rfb-bg: rgb(1, 2, 3); --rfb-fg: rgb(4, 5, 6); --rfb-radius: 13px; --rfb-font: italic 17px monospace;
      --rfb-overlay-bg: rgb(7, 8, 9); --rfb-status-open: rgb(10, 11, 12); --rfb-status-error: rgb(13, 14, 15);
      --rfb-status-connecting: rgb(16, 17, 18); --rfb-accent: rgb(19, 20, 21);
    }</style>`;
    const { url, token } = server;
    const nobody = `ws://127.0.0.1:${await freePort()}/default`;
    const traits = [{ url, token }, { url, token: "a wrong one" }, { url: nobody }];
    await open("remote.py", { query: { traits: JSON.stringify(traits), html } });
    await expectLive(page, 1);
    const [live, wrong, lost] = [views(page).nth(0), views(page).nth(1), views(page).nth(2)];
    await expect(live).toHaveCSS("background-color", "rgb(1, 2, 3)");
    await expect(live).toHaveCSS("color", "rgb(4, 5, 6)");
    await expect(live).toHaveCSS("border-radius", "13px");
    await expect(live).toHaveCSS("font", /italic.*17px.*monospace/);
    await expect(live.locator(".rfb-status-dot")).toHaveCSS("background-color", "rgb(10, 11, 12)");
    await expect(wrong).toHaveAttribute("data-state", "error");
    await expect(wrong.locator(".rfb-status-dot")).toHaveCSS("background-color", "rgb(13, 14, 15)");
    await expect(wrong.locator(".rfb-banner")).toHaveCSS("background-color", "rgb(7, 8, 9)");
    await expect(lost).toHaveAttribute("data-state", "reconnecting");
    await expect(lost.locator(".rfb-status-dot")).toHaveCSS("background-color", "rgb(16, 17, 18)");
    await expect(lost.locator(".rfb-status")).toHaveCSS("background-color", "rgb(7, 8, 9)");

    await live.locator("canvas").focus();
    await page.keyboard.press("Shift+Tab");
    await page.keyboard.press("Tab"); // so that the focus is one of the keyboard, which is shown
    const ring = live
      .locator(".rfb-viewport")
      .evaluate((viewport) => getComputedStyle(viewport, "::after").borderTopColor);
    expect(await ring).toBe("rgb(19, 20, 21)");
  });
});
