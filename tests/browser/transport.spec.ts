import type { Page } from "@playwright/test";
import { Calls, elsewhere, expectWay, openPort } from "./support/ladder.ts";
import type { Mode } from "./support/marimo.ts";
import { MODES } from "./support/marimo.ts";
import { Look, expectCard, expectLive, expectMoving, views } from "./support/screen.ts";
import type { Notebook, Open } from "./support/test.ts";
import { expect, test } from "./support/test.ts";
import { expectNoBlank, keepVigil } from "./support/vigil.ts";

/** A notebook whose port is closed. */
interface Shut {
  readonly calls: Calls;
  readonly notebook: Notebook;
  readonly why: string;
}

const FRAME = { width: 320, height: 180 };

for (const mode of MODES) {
  test(`in marimo ${mode}, where the port is open, pictures come from it and nothing is said of it`, async ({
    page,
    open,
  }) => {
    const calls = new Calls(page);
    const notebook = await open("ways.py", { mode });
    await expectLive(page);
    await expectMoving(views(page), FRAME);
    const why = await expectWay(page, notebook, "direct");
    expect(why).toBe("Directly from the kernel's port.");
    expect(calls.greeted).toEqual([`ws://127.0.0.1:${notebook.hub.port}/default`]);
    expect(await notebook.viewers()).toBe(1);
    await expect(views(page).locator(".rfb-status")).toHaveText("live");
    await expect(views(page).locator(".rfb-status-text")).toHaveCSS("opacity", "0");
    await expect(views(page).locator(".rfb-banner")).toBeHidden();
  });
}

/** Open the notebook with its port closed, and see that the pictures come all the same. */
async function openShut(open: Open, page: Page, mode: Mode): Promise<Shut> {
  const calls = new Calls(page);
  const notebook = await open("ways.py", { mode, query: { shut: "1" } });
  await expectLive(page);
  await expectMoving(views(page), FRAME);
  const why = await expectWay(page, notebook, "same-origin");
  expect(why).toMatch(/^Through the notebook's own server\. No connection to ws:\/\/127\.0\.0\.1:\d+\/default\.$/);
  expect(calls.greeted).toHaveLength(1);
  expect(new URL(calls.greeted[0] ?? "").pathname).toMatch(/^\/rfb\/[0-9a-f]{16}\/default$/);
  return { calls, notebook, why };
}

test("in marimo edit, where the port is closed, pictures come through marimo's own server", async ({ page, open }) => {
  await openShut(open, page, "edit");
});

test("in marimo run, where the port is closed, pictures come through marimo's own server until there is another way", async ({
  page,
  open,
}) => {
  const { calls, notebook, why } = await openShut(open, page, "run");
  const pill = views(page).locator(".rfb-status");
  const banner = views(page).locator(".rfb-banner");

  await test.step("who clicks the pill is told which way and why, and nothing more after another click", async () => {
    await expect(pill).toHaveText("live via server");
    await expect(pill).toHaveAttribute("aria-description", why);
    await expect(banner).toBeHidden();
    await pill.click();
    await expect(banner).toHaveText(why);
    await expect(banner).toBeInViewport();
    await expect(banner.getByRole("button")).toHaveCount(0); // there is nothing to try again
    await pill.click();
    await expect(banner).toBeHidden();
    await page.mouse.move(1, 1); // or its tip would lie over the picture
  });

  await test.step("a port that opens later takes over between two frames, and one that is lost gives way", async () => {
    await expectCard(views(page), FRAME, { tolerance: 12 });
    await keepVigil(page);
    await openPort(page, notebook, FRAME);
    expect(await expectWay(page, notebook, "direct")).toBe("Directly from the kernel's port.");
    await expect(pill).toHaveText("live");

    notebook.wish({ open: false });
    await expect(views(page)).toHaveAttribute("data-transport", "same-origin");
    await expectLive(page);
    await expectMoving(views(page), FRAME);
    await expectNoBlank(page);
    await expectWay(page, notebook, "same-origin");
  });

  await test.step("an address that is set later is the only way from then on", async () => {
    notebook.wish({ open: false, traits: { host: "127.0.0.2" } });
    await expect(views(page)).toHaveAttribute("data-state", "reconnecting");
    const only = `ws://127.0.0.2:${notebook.hub.port}/default`;
    await expect.poll(() => calls.asked.slice(-3)).toEqual([only, only, only]);
    // The last picture stays, dimmed, with the reason.
    await expect(views(page)).toHaveClass(/rfb-stale/);
    expect((await Look.at(views(page), FRAME)).atFrame({ x: 100, y: 45 })).toBeDefined();
  });
});

test("from a page of another machine pictures come through marimo's own server, whatever port is open", async ({
  page,
  open,
}) => {
  const calls = new Calls(page);
  const notebook = await open("ways.py", { query: { host: "0.0.0.0" }, by: elsewhere });
  await expectLive(page);
  await expectMoving(views(page), FRAME);
  expect(await expectWay(page, notebook, "same-origin")).toBe("Through the notebook's own server.");
  expect(calls.asked).toHaveLength(1);
});

test("where marimo's server has another version than the kernel, what to do is said over the pictures", async ({
  page,
  open,
}) => {
  const notebook = await open("ways.py", { mode: "edit", query: { version: "9.9" }, by: elsewhere });
  await expectLive(page);
  const why = await expectWay(page, notebook, "comm");
  const [pill, banner] = [views(page).locator(".rfb-status"), views(page).locator(".rfb-banner")];
  await expect(banner).toHaveText(
    /^The connection through marimo's server failed: the kernel has marimo-rfb 9\.9, and marimo's server has \d\S+\. Start marimo again/,
  );
  await banner.scrollIntoViewIfNeeded();
  await expect(banner).toBeInViewport();
  await expect(banner).toHaveAttribute("data-level", "info");
  // A person may look at the picture instead.
  await pill.click();
  await expect(banner).toHaveText(why);
  await pill.click();
  await expect(banner).toBeHidden();
  await page.mouse.move(1, 1); // or its tip would lie over the picture
  await expectMoving(views(page), FRAME);
});

test("an address that is given is the only way that is tried, and the message says so", async ({ page, open }) => {
  const calls = new Calls(page);
  const given = [
    { url: "ws://127.0.0.1:1/default" },
    { base_path: "/pictures" },
    { host: "127.0.0.1", port: "PORT" },
    { port: "PORT" },
  ];
  const notebook = await open("ways.py", { query: { shut: "1", views: JSON.stringify(given) } });
  await expect(views(page)).toHaveCount(4);
  const banners = views(page).locator(".rfb-banner");
  for (const index of [0, 1, 2, 3]) {
    await expect(views(page).nth(index)).toHaveAttribute("data-state", "reconnecting");
    await expect(views(page).nth(index)).toHaveAttribute("data-transport", "");
    await expect(banners.nth(index)).toContainText(/no connection to ws:/i);
    await expect(banners.nth(index).getByRole("button")).toHaveText("Try again");
  }
  await expect(banners.nth(1)).toContainText("base_path");
  const origin = new URL(page.url()).host;
  const port = `ws://127.0.0.1:${notebook.hub.port}/default`;
  const only = ["ws://127.0.0.1:1/default", port, `ws://${origin}/pictures/default`].sort();
  await expect.poll(() => calls.asked.length).toBeGreaterThan(8);
  expect([...new Set(calls.asked)].sort()).toEqual(only);
});
