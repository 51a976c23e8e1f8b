import { join } from "node:path";
import { CardServer } from "./support/card_server.ts";
import { expectLive, views } from "./support/screen.ts";
import { expect, test } from "./support/test.ts";

const folder = process.env.SHOTS ?? "";
const NOTICE = "ValueError: operands could not be broadcast together with shapes (480,640) (480,640,3)";

// For people to look at: SHOTS=/some/folder make test-browser
test.skip(folder === "", "SHOTS names no folder for the pictures");

for (const ratio of [1, 2]) {
  for (const scheme of ["light", "dark"] as const) {
    test.describe(`${scheme} with ${ratio} device pixels for each of the page @shots`, () => {
      test.use({ deviceScaleFactor: ratio, colorScheme: scheme, viewport: { width: 900, height: 2150 } });

      test("every state of a view", async ({ page, open }) => {
        const [live, dying, telling] = await Promise.all([
          CardServer.start({ size: "640x360" }),
          CardServer.start({ size: "640x360" }),
          CardServer.start({ size: "640x360", notice: NOTICE }),
        ]);
        try {
          const { url, token } = live;
          const traits = [
            { url, token, height: 300 },
            { url, token, height: 300, fit: "fill" },
            { height: 160 },
            { url: dying.url, token, height: 300 },
            { url: telling.url, token, height: 300 },
            { url, token: "a wrong one", height: 200 },
            { url, token: "a wrong one", height: 90 },
            { url: "ws://127.0.0.1:9/default", token, height: 120 },
          ];
          await open("remote.py", { query: { traits: JSON.stringify(traits) } });
          await expectLive(page, 4);
          await dying.kill();
          await expect(views(page).nth(3)).toHaveAttribute("data-state", "reconnecting");
          await expect(views(page).nth(5)).toHaveAttribute("data-state", "error");
          for (const index of [3, 7]) await expect(views(page).nth(index).locator(".rfb-banner")).toBeVisible();
          await views(page).nth(0).locator("canvas").focus();
          await page.keyboard.press("Shift");
          await views(page).nth(1).locator(".rfb-status").hover();
          const pill = views(page).nth(1).locator(".rfb-status-text");
          await expect(pill).toHaveCSS("opacity", "1");
          await page.screenshot({ path: join(folder, `${scheme}-${ratio}x.png`) });
        } finally {
          await Promise.all([live.kill(), dying.kill(), telling.kill()]);
        }
      });
    });
  }
}
