import type { Locator } from "@playwright/test";
import { readFile } from "node:fs/promises";
import { CardServer } from "./support/card_server.ts";
import { PlainPage, change } from "./support/plain_page.ts";
import { boxOf, expectLive, placeOf, views } from "./support/screen.ts";
import { expect, test } from "./support/test.ts";
import { press, tool, wake } from "./support/tools.ts";

const FRAME = { width: 320, height: 180 };
const FIGURE_TOOLS = ["home", "back", "forward", "pan", "zoom_rect", "save"];

let plain: PlainPage;
let server: CardServer;

test.beforeAll(async () => {
  plain = await PlainPage.start();
});

test.afterAll(async () => {
  await plain.stop();
});

// What one test does to the figure would stay for the next one.
test.beforeEach(async ({ page }) => {
  server = await CardServer.start({}, "serve_figure");
  const { url, token } = server;
  const traits = { url, token, height: 360, main_thread_present: true, toolbar: [...FIGURE_TOOLS, "zoom_in"] };
  await plain.mount(page, traits);
  await page.addStyleTag({ content: "#place { width: 640px; height: 360px }" });
  await expectLive(page);
});

test.afterEach(async () => {
  await server.kill();
});

function toolEvents(): string[] {
  return server.events("tool").map((event) => (event as unknown as { name: string }).name);
}

async function rectOf(view: Locator): Promise<number[]> {
  const band = await boxOf(view.locator(".rfb-rubber-band"));
  return [band.x, band.y, band.width, band.height].map(Math.round);
}

test("a click on a tool is an event, and Python says which tools are on and which are of use", async ({ page }) => {
  const view = views(page);
  await wake(view);
  const names = await view.locator(".rfb-toolbar button").evaluateAll((all) => all.map((each) => each.ariaLabel));
  expect(names).toEqual(["Tools", "Home", "Back", "Forward", "Pan", "Zoom to rectangle", "Save the figure", "Zoom in"]);
  await expect(tool(view, "Back")).toHaveAttribute("aria-disabled", "true");
  await expect(tool(view, "Pan")).toHaveAttribute("aria-pressed", "false");
  await tool(view, "Back").click({ force: true });
  await press(view, "Pan");
  await expect(tool(view, "Pan")).toHaveAttribute("aria-pressed", "true");
  await press(view, "Zoom to rectangle");
  await expect(tool(view, "Pan")).toHaveAttribute("aria-pressed", "false");
  await expect(tool(view, "Zoom to rectangle")).toHaveAttribute("aria-pressed", "true");
  await press(view, "Home");
  await expect.poll(toolEvents).toEqual(["pan", "zoom_rect", "home"]);
  expect(server.events("pointer_down")).toEqual([]);

  await change(page, "interactive", false);
  await expect(tool(view, "Home")).toHaveAttribute("aria-disabled", "true");
  await tool(view, "Home").click({ force: true });
  await change(page, "interactive", true);
  await press(view, "Pan");
  await expect.poll(toolEvents).toEqual(["pan", "zoom_rect", "home", "pan"]);
});

test("a rectangle is dragged over the picture, and lies on its pixels whatever the zoom", async ({ page }) => {
  const view = views(page);
  await press(view, "Zoom to rectangle");
  await expect(tool(view, "Zoom to rectangle")).toHaveAttribute("aria-pressed", "true");
  const from = await placeOf(view, FRAME, { x: 100, y: 60 });
  const to = await placeOf(view, FRAME, { x: 220, y: 120 });
  await page.mouse.move(from.x, from.y);
  await page.mouse.down();
  await page.mouse.move(to.x, to.y, { steps: 5 });
  const band = view.locator(".rfb-rubber-band");
  await expect(band).toHaveCSS("pointer-events", "none");
  const { x, y } = await boxOf(view.locator(".rfb-viewport"));
  await expect.poll(() => rectOf(view)).toEqual([x + 200, y + 120, 240, 120]);

  // The picture is zoomed around the middle of the view, in the middle of a drag.
  await tool(view, "Zoom in").evaluate((button: HTMLElement) => button.click());
  await expect.poll(() => rectOf(view)).toEqual([x + 140, y + 90, 360, 180]);
  await change(page, "height", 180);
  await page.addStyleTag({ content: "#place { width: 320px; height: 180px }" });
  await expect.poll(() => rectOf(view)).toEqual([x + 70, y + 45, 180, 90]);
  await page.mouse.up();
  await expect(band).toHaveCount(0);
  await wake(view);
  await expect(tool(view, "Back")).not.toHaveAttribute("aria-disabled");
});

test("the coordinates are told in a corner, and go with the pointer", async ({ page }) => {
  const view = views(page);
  const readout = view.locator(".rfb-readout");
  await expect(readout).toBeHidden();
  const place = await placeOf(view, FRAME, { x: 50, y: 60 });
  await page.mouse.move(place.x, place.y);
  await expect(readout).toHaveText("x=50 y=60");
  const [box, outer] = [await boxOf(readout), await boxOf(view)];
  expect(box.x + box.width).toBeLessThanOrEqual(outer.x + outer.width);
  expect(outer.y + outer.height - (box.y + box.height)).toBeLessThan(12);
  await expect(readout).toHaveCSS("pointer-events", "none");
  await page.mouse.move(2, 2);
  await expect(readout).toBeHidden();
});

test("a file is saved under the last part of its name, once for all views", async ({ page }) => {
  const downloads: string[] = [];
  page.on("download", (download) => downloads.push(download.suggestedFilename()));
  await page.evaluate(() => window.mounted.show("#other-place"));
  await expectLive(page, 2);
  const view = views(page).first();
  const saved = page.waitForEvent("download");
  await press(view, "Save the figure");
  const path = await (await saved).path();
  expect(await readFile(path, "utf8")).toBe("<svg/>");
  await expect(view.locator(".rfb-toast")).toHaveText("Saved figure.svg");
  expect(downloads).toEqual(["figure.svg"]);
});

test("what was said of a picture goes with its connection", async ({ page }) => {
  const view = views(page);
  await press(view, "Pan");
  await expect(tool(view, "Pan")).toHaveAttribute("aria-pressed", "true");
  const place = await placeOf(view, FRAME, { x: 50, y: 60 });
  await page.mouse.move(place.x, place.y);
  await expect(view.locator(".rfb-readout")).toHaveText("x=50 y=60");
  await server.kill();
  await expect(view).toHaveAttribute("data-state", "reconnecting");
  await expect(view.locator(".rfb-readout")).toBeHidden();
  await wake(view);
  await expect(tool(view, "Pan")).toHaveAttribute("aria-pressed", "false");
  await expect(tool(view, "Pan")).toHaveAttribute("aria-disabled", "true");
});

test.describe("a remark of the server", () => {
  test.beforeEach(async ({ page }) => {
    await page.clock.install();
    await views(page).locator("canvas").press("q");
    await expect(views(page).locator(".rfb-banner")).toContainText("The key q does nothing.");
  });

  test("is dismissed by its button, and comes back only when its text changes", async ({ page }) => {
    const view = views(page);
    const banner = view.locator(".rfb-banner");
    await banner.getByRole("button", { name: "Dismiss" }).click();
    await expect(banner).toBeHidden();
    await view.locator(".rfb-status").click();
    await view.locator(".rfb-status").click();
    await expect(banner).toBeHidden();
    await view.locator("canvas").press("w");
    await expect(banner).toContainText("The key w does nothing.");
  });

  test("goes away by itself, but not while somebody reads it", async ({ page }) => {
    const banner = views(page).locator(".rfb-banner");
    await banner.hover();
    await page.clock.fastForward(60_000);
    await expect(banner).toBeVisible();
    await page.mouse.move(2, 2);
    await page.clock.runFor(2_000);
    await expect(banner).toBeHidden();
  });
});
