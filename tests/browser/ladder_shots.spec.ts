import { join } from "node:path";
import { expectLive, views } from "./support/screen.ts";
import { expect, test } from "./support/test.ts";

const folder = process.env.SHOTS ?? "";

// For people to look at: SHOTS=/some/folder make test-browser
test.skip(folder === "", "SHOTS names no folder for the pictures");
test.use({ environment: { MARIMO_SERVER_ASGI_MIDDLEWARE_DENYLIST: "marimo-rfb" } });

for (const scheme of ["light", "dark"] as const) {
  test.describe(`${scheme} @shots`, () => {
    test.use({ colorScheme: scheme, viewport: { width: 900, height: 1500 } });

    test("what is said of the ways", async ({ page, open }) => {
      const wrong = { token: "a wrong one" };
      const far = { url: "ws://127.0.0.1:1/default" };
      const given = [{ height: 200 }, { height: 200 }, { height: 60 }, { height: 60 }];
      const amiss = [
        { ...wrong, height: 120 },
        { ...wrong, height: 60 },
        { ...far, height: 160 },
        { ...far, height: 60 },
      ];
      await open("ways.py", { query: { shut: "1", views: JSON.stringify([...given, ...amiss]) } });
      await expectLive(page, 4);
      await views(page).nth(1).locator(".rfb-status").click();
      await views(page).nth(3).locator(".rfb-status").click();
      for (const index of [4, 5, 6, 7]) await expect(views(page).nth(index).locator(".rfb-banner")).toBeVisible();
      await views(page).nth(1).locator(".rfb-status").hover();
      await expect(views(page).nth(1).locator(".rfb-status-text")).toHaveCSS("opacity", "1");
      await page.screenshot({ path: join(folder, `ways-${scheme}.png`) });
    });
  });
}
