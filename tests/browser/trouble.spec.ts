import type { Locator } from "@playwright/test";
import { CardServer } from "./support/card_server.ts";
import { freePort } from "./support/process.ts";
import type { Rgb } from "./support/png.ts";
import { Look, expectCard, expectLive, expectMoving, views } from "./support/screen.ts";
import { expect, test } from "./support/test.ts";

const FRAME = { width: 320, height: 180 };

/** Which channel is the strongest in the red, the green and the blue quadrant, if one is; a message may cover the rest. */
async function hues(view: Locator): Promise<(string | undefined)[]> {
  const look = await Look.at(view, FRAME);
  const points = [
    { x: 100, y: 45 },
    { x: 190, y: 25 },
    { x: 100, y: 100 },
  ];
  return points.map((point) => hueOf(look.atFrame(point) ?? [0, 0, 0]));
}

function hueOf(color: Rgb): string | undefined {
  const strongest = color.indexOf(Math.max(...color));
  const others = color.filter((_, channel) => channel !== strongest);
  return Math.max(...color) - Math.max(...others) > 40 ? ["red", "green", "blue"][strongest] : undefined;
}

test("when the server dies the last picture stays, and when it is back new ones come, whoever presents", async ({
  page,
  open,
}) => {
  let server = await CardServer.start();
  const { port, token, url } = server;
  try {
    const given = [true, false].map((onPage) => ({ url, token, main_thread_present: onPage }));
    const notebook = await open("remote.py", { query: { traits: JSON.stringify(given) } });
    await expectLive(page, 2);
    const all = await views(page).all();
    for (const view of all) await expectMoving(view, FRAME);
    /** How often Python was told that a widget came to a state. */
    const told = (state: string): number =>
      notebook.facts<{ state?: string }>("traits").filter((fact) => fact.state === state).length;

    await server.kill();
    for (const view of all) {
      await expect(view).toHaveAttribute("data-state", "reconnecting");
      await expect(view).toHaveClass(/rfb-stale/);
      await expect(view.locator(".rfb-status")).toHaveText("reconnecting");
      expect(await hues(view)).toEqual(["red", "green", "blue"]);
    }
    await expect.poll(() => told("reconnecting")).toBeGreaterThanOrEqual(2);
    await expect.poll(() => notebook.trait("state")).toBe("reconnecting");
    await expect.poll(() => notebook.trait("last_error")).toMatch(/connection/);

    server = await CardServer.start({ port, first: 512 });
    await expectLive(page, 2);
    for (const view of all) {
      await expect(view).not.toHaveClass(/rfb-stale/);
      await expectCard(view, FRAME);
      await expect.poll(async () => (await Look.at(view, FRAME)).count() ?? 0).toBeGreaterThanOrEqual(512);
      await expectMoving(view, FRAME);
    }
    await expect.poll(() => told("negotiated")).toBe(4);
    await expect.poll(() => notebook.trait("state")).toBe("negotiated");
    await expect.poll(() => notebook.trait("last_error")).toBe("");
    expect(token).toBe(server.token);
  } finally {
    await server.kill();
  }
});

test.describe("of a server that works", () => {
  let server: CardServer;

  test.beforeAll(async () => {
    server = await CardServer.start();
  });

  test.afterAll(async () => {
    await server.kill();
  });

  test("a view with a wrong token says so, shows nothing and tries again only when a person asks", async ({
    page,
    open,
    sockets,
  }) => {
    const traits = JSON.stringify([{ url: server.url, token: "a wrong one" }]);
    const notebook = await open("remote.py", { query: { traits } });
    await expect(views(page)).toHaveAttribute("data-state", "error");
    await expect(views(page).locator(".rfb-banner")).toContainText(/not authorised.*token/i);
    await expect(views(page).locator(".rfb-banner")).toBeInViewport();
    await expect(views(page)).toHaveClass(/rfb-empty/);
    await expect.poll(() => notebook.trait("state")).toBe("error");
    expect(notebook.trait("last_error")).toMatch(/not authorised/i);
    expect(sockets.urls).toHaveLength(1);
    expect(await server.viewers()).toBe(0);

    await views(page).getByRole("button", { name: "Try again" }).click();
    await expect.poll(() => sockets.urls.length).toBe(2);
    await expect(views(page)).toHaveAttribute("data-state", "error");
    expect(sockets.urls).toHaveLength(2);
  });

  test("a view without a token, of a stream that is not there or with a nonsensical address says what is wrong", async ({
    page,
    open,
    sockets,
  }) => {
    const { port, token, url } = server;
    const traits = [{ url }, { url: `ws://127.0.0.1:${port}/nothing`, token }, { url: "nonsense://here" }];
    await open("remote.py", { query: { traits: JSON.stringify(traits) } });
    const banners = views(page).locator(".rfb-banner");
    await expect(banners.nth(0)).toContainText(/token is missing/i);
    await expect(banners.nth(1)).toContainText(/no stream 'nothing'.*Check its name/i);
    await expect(banners.nth(2)).toContainText("nonsense://here");
    for (const view of await views(page).all()) await expect(view).toHaveAttribute("data-state", "error");
    expect(sockets.urls).toHaveLength(2);
  });

  test("the bare canvas says nothing on screen, but Python hears it", async ({ page, open }) => {
    const traits = JSON.stringify([{ url: server.url, token: "a wrong one", bare: true }]);
    const notebook = await open("remote.py", { query: { traits } });
    await expect.poll(() => notebook.trait("last_error")).toMatch(/not authorised/i);
    await expect(page.locator(".rfb-banner, .rfb-status")).toHaveCount(0);
  });
});

test("a view without a server says that it goes on trying", async ({ page, open, sockets }) => {
  const url = `ws://127.0.0.1:${await freePort()}/default`;
  const notebook = await open("remote.py", { query: { traits: JSON.stringify([{ url, token: "any" }]) } });
  await expect(views(page)).toHaveAttribute("data-state", "reconnecting");
  await expect(views(page).locator(".rfb-status")).toHaveText("reconnecting");
  await expect(views(page).locator(".rfb-status")).toHaveAttribute("aria-description", /no connection to ws:.*kernel/i);
  await expect(views(page).locator(".rfb-banner")).toBeVisible(); // when it has lasted
  await expect(views(page).locator(".rfb-banner")).toContainText(/no connection to ws:.*kernel/i);
  await expect.poll(() => notebook.trait("state")).toBe("reconnecting");
  await expect.poll(() => sockets.urls.length).toBeGreaterThan(2);
});

test("a render function that raises is shown and logged once until a frame is good, and a closed stream says so", async ({
  page,
  open,
  sockets,
}) => {
  const notebook = await open("views.py", { query: { views: "Pp" } });
  await expectLive(page, 2);
  notebook.wish({ fail: "no cheese left" });
  const banner = views(page).first().locator(".rfb-banner");
  await expect(banner).toHaveText(/^ValueError: no cheese left\s+picture, line \d+: raise ValueError/);
  await expect(banner).toBeVisible();
  await expect(views(page).first()).toHaveAttribute("data-state", "negotiated");

  notebook.wish({});
  await expect(banner).toBeHidden();
  await expectMoving(views(page).first(), FRAME);
  const log = notebook.marimo.program.output;
  expect(log.match(/^ValueError: no cheese left/gm)).toHaveLength(1); // where a traceback ends
  expect(log.match(/raised; it goes on/g)).toHaveLength(1);

  notebook.wish({ close: true });
  const view = views(page).first();
  await expect(view).toHaveAttribute("data-state", "closed");
  await expect(banner).toContainText(/closed/);
  await expect(view).toHaveClass(/rfb-stale/);
  await expect.poll(() => notebook.trait("state")).toBe("closed");
  expect(sockets.urls).toHaveLength(2);
});
