import type { Locator, Page } from "@playwright/test";
import { CardServer } from "./support/card_server.ts";
import { PlainPage } from "./support/plain_page.ts";
import { boxOf, expectLive, Look, views } from "./support/screen.ts";
import { expect, test } from "./support/test.ts";
import { point, press, tool, wake } from "./support/tools.ts";

/** A ramp of numbers: at each `x` the number is ten times `x`. */
const FRAME = { width: 320, height: 180 };
const ROW = 170;

let plain: PlainPage;
let server: CardServer;

test.beforeAll(async () => {
  plain = await PlainPage.start();
});

test.afterAll(async () => {
  await plain.stop();
});

test.beforeEach(async () => {
  server = await CardServer.start({}, "serve_numbers");
});

test.afterEach(async () => {
  await server.kill();
});

async function mount(page: Page, width = 640, height = 480, traits: object = {}): Promise<Locator> {
  const { url, token } = server;
  await plain.mount(page, { url, token, height, width: "full", main_thread_present: true, ...traits });
  await page.addStyleTag({ content: `#place { width: ${width}px; height: ${height}px }` });
  await expectLive(page);
  return views(page).first();
}

/** Open the panel and wait for its histogram. */
async function openPanel(view: Locator): Promise<Locator> {
  await press(view, "Contrast");
  const panel = view.getByRole("dialog", { name: "Contrast" });
  await expect(panel.getByRole("button", { name: "Auto" })).toHaveAttribute("aria-disabled", "false");
  return panel;
}

/** How bright the picture is at a column, near its lower edge. */
async function grayAt(view: Locator, x: number): Promise<number> {
  return (await Look.at(view, FRAME)).atFrame({ x, y: ROW })?.[1] ?? -1;
}

function field(panel: Locator, name: "Minimum" | "Maximum"): Locator {
  return panel.getByRole("textbox", { name });
}

function handle(panel: Locator, name: "Minimum" | "Maximum"): Locator {
  return panel.getByRole("slider", { name });
}

/** Drag a handle to the middle of the histogram. */
async function dragToMiddle(panel: Locator, name: "Minimum" | "Maximum"): Promise<void> {
  const page = panel.page();
  const [from, plot] = [await boxOf(handle(panel, name)), await boxOf(panel.locator(".rfb-contrast-plot"))];
  await page.mouse.move(from.x + from.width / 2, from.y + 20);
  await page.mouse.down();
  await page.mouse.move(plot.x + plot.width / 2, from.y + 20, { steps: 10 });
  await page.mouse.up();
}

test("a handle that is dragged changes the picture, in another view too, and Reset undoes it", async ({
  page,
  context,
}) => {
  const view = await mount(page);
  const other = await context.newPage();
  const otherView = await mount(other);
  await page.bringToFront();
  await expect.poll(() => grayAt(view, 100)).toBeLessThan(85);
  const panel = await openPanel(view);
  await expect(field(panel, "Minimum")).toHaveValue("0");
  await expect(field(panel, "Maximum")).toHaveValue("3190");

  await dragToMiddle(panel, "Maximum");
  const vmax = Number(await field(panel, "Maximum").inputValue());
  expect(vmax).toBeGreaterThan(1500);
  expect(vmax).toBeLessThan(2500);
  const expected = (1000 / vmax) * 255;
  await expect.poll(async () => Math.abs((await grayAt(view, 100)) - expected)).toBeLessThan(6);
  await other.bringToFront();
  await expect.poll(async () => Math.abs((await grayAt(otherView, 100)) - expected)).toBeLessThan(6);
  const otherPanel = await openPanel(otherView);
  await expect(field(otherPanel, "Maximum")).toHaveValue(String(vmax));

  await page.bringToFront();
  await panel.getByRole("button", { name: "Reset" }).click();
  await expect(panel.getByRole("button", { name: "Reset" })).toHaveAttribute("aria-disabled", "true");
  await expect(field(panel, "Maximum")).not.toHaveValue(String(vmax));
  await other.close();
});

test("keys move a handle, fields take numbers, and Auto leaves out the rarest number", async ({ page }) => {
  const view = await mount(page);
  const panel = await openPanel(view);
  await field(panel, "Maximum").fill("1000");
  await field(panel, "Maximum").press("Enter");
  await expect(handle(panel, "Maximum")).toHaveAttribute("aria-valuenow", "1000");
  await expect.poll(() => grayAt(view, 101)).toBeGreaterThan(250);
  await field(panel, "Minimum").fill("500");
  await field(panel, "Minimum").press("Enter");
  await expect.poll(() => grayAt(view, 49)).toBeLessThan(5);

  await handle(panel, "Minimum").press("ArrowRight");
  const moved = Number(await handle(panel, "Minimum").getAttribute("aria-valuenow"));
  expect(moved).toBeGreaterThan(500);
  await handle(panel, "Minimum").press("Shift+ArrowRight");
  const further = Number(await handle(panel, "Minimum").getAttribute("aria-valuenow"));
  expect(further - moved).toBeGreaterThan(5 * (moved - 500));
  await expect(field(panel, "Minimum")).toHaveValue(String(further));
  await handle(panel, "Minimum").press("End");
  await expect(handle(panel, "Minimum")).toHaveAttribute("aria-valuenow", "999"); // just before the other one

  await field(panel, "Maximum").fill("nothing");
  await field(panel, "Maximum").press("Enter");
  await expect(field(panel, "Maximum")).toHaveValue("1000");

  await panel.getByRole("button", { name: "Auto" }).click();
  await expect.poll(async () => Number(await field(panel, "Maximum").inputValue())).toBeGreaterThan(2900);
  expect(Number(await field(panel, "Maximum").inputValue())).toBeLessThan(4000);
});

test("gamma and colormap change the picture, and a double click restores gamma", async ({ page }) => {
  const view = await mount(page);
  const panel = await openPanel(view);
  const before = await grayAt(view, 60);
  await handle(panel, "Minimum").focus();
  await page.keyboard.press("Tab");
  const gamma = panel.getByRole("slider", { name: "Gamma" });
  await gamma.fill("-0.5");
  await expect.poll(() => grayAt(view, 60)).toBeGreaterThan(before + 20);
  await gamma.dblclick();
  await expect(gamma).toHaveAttribute("aria-valuetext", "1");
  await expect.poll(async () => Math.abs((await grayAt(view, 60)) - before)).toBeLessThan(4);

  await panel.getByRole("radio", { name: "viridis" }).click();
  await expect(panel.getByRole("radio", { checked: true })).toHaveText("viridis");
  await expect.poll(async () => (await Look.at(view, FRAME)).atFrame({ x: 20, y: ROW })?.[2] ?? 0).toBeGreaterThan(80);
  await page.keyboard.press("ArrowRight");
  await expect(panel.getByRole("radio", { checked: true })).toHaveText("magma");
  await expect.poll(async () => (await Look.at(view, FRAME)).atFrame({ x: 20, y: ROW })?.[2] ?? 99).toBeLessThan(70);
});

test("Escape and a press elsewhere close the panel, and the focus returns", async ({ page }) => {
  const view = await mount(page);
  const canvas = view.locator("canvas");
  await canvas.focus();
  let panel = await openPanel(view);
  await page.keyboard.press("Escape");
  await expect(panel).toHaveCount(0);
  await expect(canvas).toBeFocused();
  panel = await openPanel(view);
  await point(view);
  await page.mouse.down();
  await page.mouse.up();
  await expect(panel).toHaveCount(0);
});

test("the inspector tells the number that was published", async ({ page }) => {
  const view = await mount(page);
  await press(view, "Inspect pixels");
  await view.locator("canvas").focus();
  await page.keyboard.press("ArrowRight");
  const place = view.locator(".rfb-inspector-place");
  await expect(place).toHaveText(/^x \d+/);
  const x = Number.parseInt((await place.textContent())?.slice(2) ?? "", 10);
  await expect(view.locator(".rfb-inspector-value")).toHaveText(`value ${10 * x}`);
  await expect(view.locator(".rfb-inspector-words")).toContainText(`value ${10 * x}, red`);
});

test("from 240 by 120 to 640 by 480 pixels the panel stays inside its view", async ({ page }) => {
  for (const [width, height] of [
    [240, 120],
    [400, 300],
    [480, 120],
    [640, 480],
  ] as const) {
    const view = await mount(page, width, height);
    const panel = await openPanel(view);
    const [inner, outer] = [await boxOf(panel), await boxOf(view)];
    expect(inner.x, `${width} x ${height}`).toBeGreaterThanOrEqual(outer.x);
    expect(inner.y).toBeGreaterThanOrEqual(outer.y);
    expect(inner.x + inner.width).toBeLessThanOrEqual(outer.x + outer.width);
    expect(inner.y + inner.height).toBeLessThanOrEqual(outer.y + outer.height);
    await panel.getByRole("radio", { name: "viridis" }).click(); // which scrolls to it
    await panel.getByRole("radio", { name: "gray", exact: true }).click();
  }
});

test("without a server the tool is gone, and it comes back with the numbers", async ({ page }) => {
  const view = await mount(page);
  const panel = await openPanel(view);
  const { port } = server;
  await server.kill();
  await expect(panel).toHaveCount(0);
  await wake(view);
  await expect(tool(view, "Contrast")).toHaveCount(0);
  server = await CardServer.start({ port }, "serve_numbers");
  await expectLive(page);
  await wake(view);
  await expect(tool(view, "Contrast")).toBeVisible();
});

test.describe("with a finger", () => {
  test.use({ hasTouch: true });

  test("the panel opens, stays, and takes a limit where it is touched", async ({ page }) => {
    const view = await mount(page);
    await page.clock.install();
    const { x, y, width, height } = await boxOf(view);
    await page.touchscreen.tap(x + width / 2, y + height - 30);
    await expect(view.locator(".rfb-toolbar")).toHaveCSS("opacity", "1");
    await tool(view, "Contrast").tap();
    const panel = view.getByRole("dialog", { name: "Contrast" });
    await expect(panel.getByRole("button", { name: "Auto" })).toHaveAttribute("aria-disabled", "false");
    await page.clock.runFor(6_000); // longer than the toolbar stays without it
    await expect(view.locator(".rfb-toolbar")).toHaveCSS("opacity", "1");
    const plot = await boxOf(panel.locator(".rfb-contrast-plot"));
    await page.touchscreen.tap(plot.x + plot.width / 2, plot.y + plot.height / 2);
    await expect.poll(async () => Number(await field(panel, "Maximum").inputValue())).toBeLessThan(3000);
    await panel.getByRole("radio", { name: "cividis" }).tap();
    await expect(panel.getByRole("radio", { checked: true })).toHaveText("cividis");
    await page.touchscreen.tap(x + width / 4, y + height - 30);
    await expect(panel).toHaveCount(0);
  });
});
