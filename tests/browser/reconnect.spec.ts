import type { Page } from "@playwright/test";
import { CardServer } from "./support/card_server.ts";
import { Editor } from "./support/editor.ts";
import { viewersOf, wake } from "./support/ladder.ts";
import { notePaints, paintsBetween } from "./support/paints.ts";
import { Relay } from "./support/relay.ts";
import { expectLive, expectMoving, views } from "./support/screen.ts";
import type { Notebook } from "./support/test.ts";
import { expect, test as base } from "./support/test.ts";
import { expectNoBlank, keepVigil } from "./support/vigil.ts";

const FRAME = { width: 320, height: 180 };
const CUT_EVERY_MS = 1_000;
// More than it takes for the waits between attempts to grow, were they not begun anew each time.
const CUTS = 8;

interface Line {
  readonly server: CardServer;
  readonly relay: Relay;
  readonly notebook: Notebook;
}

const test = base.extend<{ line: Line }>({
  /** A view of the card by way of a relay. */
  line: async ({ open }, use) => {
    const server = await CardServer.start();
    const relay = await Relay.start(server.port);
    try {
      const traits = JSON.stringify([{ url: `ws://127.0.0.1:${relay.port}/default`, token: server.token }]);
      await use({ server, relay, notebook: await open("remote.py", { query: { traits } }) });
    } finally {
      await relay.stop();
      await server.kill();
    }
  },
});

test("a socket that is cut every second always comes back with newer pictures", async ({
  page,
  line: { relay, notebook },
}) => {
  await expectLive(page);
  await notePaints(page);
  const waits: number[] = [];
  for (let cut = 0; cut < CUTS; cut++) {
    const at = Date.now();
    relay.cut();
    await expect.poll(() => lastPaint(page), { intervals: [20], timeout: 10_000 }).toBeGreaterThan(at);
    waits.push((await lastPaint(page)) - at);
    await page.waitForTimeout(Math.max(0, CUT_EVERY_MS - (Date.now() - at)));
  }
  const longest = Math.round(Math.max(...waits));
  test.info().annotations.push({ type: "back after", description: `at most ${longest} ms` });
  await expectLive(page);
  await expectMoving(views(page), FRAME);
  const seqs = notebook.facts<{ stats?: { lastDisplayedSeq: number } }>("traits").flatMap(({ stats }) => stats ?? []);
  const shown = seqs.map(({ lastDisplayedSeq }) => lastDisplayedSeq);
  expect(shown).toEqual(shown.toSorted((a, b) => a - b));
  await expect.poll(() => relay.size).toBe(1);
});

test("without a network the last picture stays, dimmed, with the reason, and a click tries again at once", async ({
  page,
  line: { relay },
}) => {
  await expectLive(page);
  await expectMoving(views(page), FRAME);
  await keepVigil(page);
  relay.isOpen = false;
  const banner = views(page).locator(".rfb-banner");
  await expect(banner).toBeVisible();
  await expect(banner).toContainText(/no connection to ws:/i);
  await expect(views(page)).toHaveClass(/rfb-stale/);
  await expect(views(page).locator(".rfb-canvas")).toHaveCSS("opacity", "0.55");
  const button = banner.getByRole("button", { name: "Try again" });
  await button.click({ trial: true });
  relay.isOpen = true;
  // Without waiting for the button: the page also tries by itself, and may have taken it away by now.
  await banner.evaluate((element) => element.querySelector("button")?.click());
  await expectLive(page);
  await expect(banner).toBeHidden();
  await expectMoving(views(page), FRAME);
  await expectNoBlank(page);
});

test("a network that swallows everything is found out when the computer wakes", async ({
  page,
  line: { relay, server },
}) => {
  await expectLive(page);
  await expectMoving(views(page), FRAME);
  relay.freeze();
  await expect
    .poll(async () => {
      await wake(page);
      return server.viewers();
    })
    .toBe(2); // the old one, of which nobody has heard, and the new one
  await expectLive(page);
  await expectMoving(views(page), FRAME);
});

test("a tab that nobody sees gets no frames, and has the newest when it is seen again", async ({ page, open }) => {
  const notebook = await open("ways.py");
  await expectLive(page);
  await expectMoving(views(page), FRAME);
  await showTab(page, "hidden");
  await expect.poll(() => viewersOf(notebook)).toEqual([expect.objectContaining({ visible: false })]);
  await notePaints(page);
  await page.waitForTimeout(1_000); // twenty frames that do not come
  expect(await paintsBetween(page, 0, Infinity)).toEqual([]);
  await showTab(page, "visible");
  await expectMoving(views(page), FRAME);
});

// By its port: closing.spec.ts.
test("a kernel that is started anew shows its picture by marimo's server", async ({ page, open }) => {
  const notebook = await open("ways.py", { mode: "edit", query: { shut: "1" } });
  await expectLive(page);
  await expectMoving(views(page), FRAME);
  const before = notebook.hub.port;
  await new Editor(page).restartKernel();
  await expect.poll(() => notebook.hub.port).not.toBe(before);
  await expectLive(page);
  await expectMoving(views(page), FRAME);
  await expect(views(page)).toHaveAttribute("data-transport", "same-origin");
});

async function lastPaint(page: Page): Promise<number> {
  return (await paintsBetween(page, 0, Infinity)).at(-1) ?? 0;
}

async function showTab(page: Page, state: "visible" | "hidden"): Promise<void> {
  await page.evaluate((now) => {
    Object.defineProperty(document, "visibilityState", { value: now, configurable: true });
    Object.defineProperty(document, "hidden", { value: now === "hidden", configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
  }, state);
}
