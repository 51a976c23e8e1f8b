import type { Locator, Page } from "@playwright/test";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { Jupyter } from "./support/jupyter.ts";
import { boxOf, expectLive, views } from "./support/screen.ts";
import { expect, test } from "./support/test.ts";

const folder = process.env.SHOTS ?? "";
const SIZES = [
  { width: 240, height: 240 },
  { width: 240, height: 120 },
  { width: 480, height: 300 },
  { width: 800, height: 400 },
  { width: 1400, height: 480 },
];

// For people to look at: SHOTS=/some/folder make test-browser
test.skip(folder === "", "SHOTS names no folder for the pictures");

/** The states of a view, each with what leads to it from the one before. */
const STATES: Readonly<Record<string, (page: Page, view: Locator) => Promise<void>>> = {
  rest: (page) => page.mouse.move(1, 1),
  awake: async (_, view) => {
    const { width, height } = await boxOf(view);
    await view.hover({ position: { x: width / 2, y: height - 20 } });
    const more = view.getByRole("button", { name: "Tools" });
    if (await more.isVisible()) await more.click();
    await view.getByRole("button", { name: "Full screen" }).hover();
  },
  measured: async (_, view) => {
    await view.getByRole("button", { name: "Measurements" }).click();
    await expect(view.locator(".rfb-stat-value").first()).toHaveText(/fps/);
  },
  menu: (_, view) => view.getByRole("button", { name: "Encoding" }).click(),
  zoomed: async (page, view) => {
    await page.keyboard.press("Escape");
    await view.getByRole("button", { name: "Zoom in" }).click();
    await view.getByRole("button", { name: "Save a screenshot" }).click();
    await expect(view.locator(".rfb-toast")).toContainText("Saved");
  },
  recorded: async (_, view) => {
    await view.getByRole("button", { name: "Record" }).click();
    await expect(view.locator(".rfb-recording")).toBeVisible();
    await view.locator(".rfb-status").click();
  },
  paused: async (page, view) => {
    await view.getByRole("button", { name: "Record" }).click();
    await view.locator(".rfb-status").click();
    await view.getByRole("button", { name: "Pause" }).click();
    await page.mouse.move(1, 1);
    await expect(view.locator(".rfb-toolbar")).toHaveCSS("opacity", "0");
  },
  focused: async (page, view) => {
    await view.locator("canvas").focus();
    await page.keyboard.press("Tab");
    await page.keyboard.press("Tab");
    await page.keyboard.press("ArrowRight");
  },
};

async function choose(page: Page, theme: string): Promise<void> {
  await page.locator(".lm-MenuBar-itemLabel", { hasText: "Settings" }).click();
  await page.locator(".lm-Menu-itemLabel", { hasText: /^Theme$/ }).hover();
  await page.locator(".lm-Menu-itemLabel", { hasText: new RegExp(`^${theme}$`) }).click();
}

async function shoot(page: Page, name: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  for (const [index, { width, height }] of SIZES.entries()) {
    const view = views(page).nth(index);
    await view.scrollIntoViewIfNeeded();
    await expect.poll(async () => Math.round((await boxOf(view)).width)).toBe(width);
    for (const [state, reach] of Object.entries(STATES)) {
      const { x, y } = await boxOf(view);
      await page.mouse.move(x + width / 2, y + height - 20);
      await page.mouse.move(x + width / 2, y + height - 21);
      await reach(page, view);
      await view.evaluate((root) => Promise.all(root.getAnimations({ subtree: true }).map((each) => each.finished)));
      await view.screenshot({ path: join(folder, `${name}-${width}x${height}-${state}.png`), animations: "allow" });
    }
  }
}

for (const ratio of [1, 2]) {
  for (const scheme of ["light", "dark"] as const) {
    test.describe(`${scheme} with ${ratio} device pixels for each of the page @shots`, () => {
      test.use({ deviceScaleFactor: ratio, colorScheme: scheme, viewport: { width: 1700, height: 800 } });

      test("the viewer in marimo", async ({ page, open }) => {
        await open("viewer.py", { query: { traits: JSON.stringify(SIZES) } });
        await expectLive(page, SIZES.length);
        await shoot(page, `marimo-${scheme}-${ratio}x`);
      });

      test("the viewer in JupyterLab", async ({ page }) => {
        const jupyter = await Jupyter.start();
        try {
          jupyter.write("shots.ipynb", [
            "import itertools, json, marimo_rfb as rfb\nfrom IPython.display import display\nfrom card import card\n" +
              "stream = await rfb.serve(640, 360, port=0, formats=['image/jpeg', 'image/png', 'image/webp'])\n" +
              "frames = itertools.count()\n" +
              "task = rfb.publish_loop(stream, lambda: card(640, 360, next(frames) % 1024), fps=20)\n" +
              `for each in json.loads('${JSON.stringify(SIZES)}'): display(stream.widget(**each))`,
          ]);
          const lab = await jupyter.open(page, "shots.ipynb");
          if (scheme === "dark") await choose(page, "JupyterLab Dark");
          await lab.run(0);
          await expectLive(page, SIZES.length);
          await shoot(page, `lab-${scheme}-${ratio}x`);
        } finally {
          await jupyter.stop();
        }
      });
    });
  }
}
