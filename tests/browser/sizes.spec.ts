import type { Locator, Page } from "@playwright/test";
import { CardServer } from "./support/card_server.ts";
import { PlainPage, change, hide, show } from "./support/plain_page.ts";
import { boxOf, expectLive } from "./support/screen.ts";
import { expect, test } from "./support/test.ts";

let plain: PlainPage;
let server: CardServer;

test.beforeAll(async () => {
  [plain, server] = await Promise.all([PlainPage.start(), CardServer.start()]);
});

test.afterAll(async () => {
  await Promise.all([plain.stop(), server.kill()]);
});

/** Show a view in a place 320 CSS pixels wide. */
async function open(page: Page, traits: object = {}): Promise<Locator> {
  const { url, token } = server;
  await plain.mount(page, { url, token, height: 180, width: 0, resizable: true, ...traits });
  return page.locator("div.rfb-root");
}

async function expectSize(view: Locator, width: number, height: number): Promise<void> {
  await expect
    .poll(async () => {
      const box = await boxOf(view);
      return [Math.round(box.width), Math.round(box.height)];
    })
    .toEqual([width, height]);
}

async function dragCorner(page: Page, view: Locator, dx: number, dy: number): Promise<void> {
  const { x, y, width, height } = await boxOf(view);
  await page.mouse.move(x + width - 6, y + height - 6);
  await page.mouse.down();
  await page.mouse.move(x + width - 6 + dx / 2, y + height - 6 + dy / 2);
  await page.mouse.move(x + width - 6 + dx, y + height - 6 + dy);
  await page.mouse.up();
}

test("Python sizes a view live: by height, by width, by proportions", async ({ page }) => {
  const view = await open(page);
  await expectSize(view, 320, 180);
  await change(page, "width", 240);
  await expectSize(view, 240, 180);
  await change(page, "aspect", 2);
  await expectSize(view, 240, 120);
  await change(page, "width", 0);
  await expectSize(view, 320, 160);
  await change(page, "width", "full");
  await expectSize(view, 320, 160);
  await change(page, "aspect", 0);
  await change(page, "height", 200);
  await expectSize(view, 320, 200);
  // Never wider than its place, and never 0 high.
  await change(page, "width", 5000);
  await expectSize(view, 320, 200);
  await change(page, "height", 0);
  await expectSize(view, 320, 480);
});

test("a view is as wide as its picture at its height, and where it is narrower it is lower too", async ({ page }) => {
  const view = await open(page, { height: 90, url: "" });
  await expectSize(view, 320, 90);
  // The stream says what will come, and is not always right.
  await change(page, "picture_size", [100, 100]);
  await expectSize(view, 90, 90);
  await change(page, "url", server.url);
  await expectLive(page);
  await expectSize(view, 160, 90);
  await change(page, "height", 360);
  await expectSize(view, 320, 180);
  await page.locator("#place").evaluate((place) => (place.style.width = "160px"));
  await expectSize(view, 160, 90);
  await test.step("unless Python says otherwise", async () => {
    await change(page, "height", 120);
    await change(page, "width", "full");
    await expectSize(view, 160, 120);
    await change(page, "width", 100);
    await expectSize(view, 100, 120);
  });
  await test.step("also where the place takes its width from the view", async () => {
    await change(page, "width", 0);
    await change(page, "height", 90);
    await page.locator("#place").evaluate((place) => {
      place.style.width = "fit-content";
      place.style.maxWidth = "300px";
    });
    await expectSize(view, 160, 90);
  });
});

test("a view whose pictures follow its size is as wide as its place", async ({ page }) => {
  const view = await open(page, { height: 90, follows_view: true });
  await expectLive(page);
  await expectSize(view, 320, 90);
  await change(page, "follows_view", false);
  await expectSize(view, 160, 90);
});

test("a view with the proportions of its picture has them from the first frame on", async ({ page }) => {
  const view = await open(page, { aspect: "frame", height: 300 });
  await expectLive(page);
  // The card is 320 by 180.
  await expectSize(view, 320, 180);
  await change(page, "width", 160);
  await expectSize(view, 160, 90);
});

test("a person sizes a view by its corner, and Python's next word counts", async ({ page }) => {
  const view = await open(page, { width: "full" });
  const grip = view.getByRole("separator");
  await expectLive(page);
  await test.step("narrower and higher by the mouse", async () => {
    await dragCorner(page, view, -80, 60);
    await expectSize(view, 240, 240);
  });
  await test.step("no wider than its place, whose width it then follows", async () => {
    await dragCorner(page, view, 500, 0);
    await expectSize(view, 320, 240);
    await page.locator("#place").evaluate((place) => (place.style.width = "400px"));
    await expectSize(view, 400, 240);
  });
  await test.step("a view that comes back has the size that it had", async () => {
    await hide(page);
    await show(page, "#place");
    await expectSize(view, 400, 240);
  });
  await test.step("by the keyboard", async () => {
    await grip.focus();
    for (const key of ["ArrowUp", "ArrowUp", "ArrowLeft"]) await page.keyboard.press(key);
    await expectSize(view, 384, 208);
    await page.keyboard.press("Enter");
    await expectSize(view, 400, 180);
  });
  await test.step("never so small that it cannot be found again", async () => {
    await dragCorner(page, view, -390, -170);
    await expectSize(view, 48, 48);
    await grip.dblclick();
    await expectSize(view, 400, 180);
  });
  await test.step("Python says otherwise", async () => {
    await dragCorner(page, view, 0, 100);
    await expectSize(view, 400, 280);
    await change(page, "height", 150);
    await expectSize(view, 400, 150);
    await change(page, "resizable", false);
    await expect(grip).toHaveCount(0);
  });
});
