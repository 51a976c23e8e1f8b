import type { AxeResults } from "axe-core";
import type { Locator, Page } from "@playwright/test";
import { join } from "node:path";
import { CardServer, viewerFacts } from "./support/card_server.ts";
import { PlainPage } from "./support/plain_page.ts";
import { ROOT } from "./support/process.ts";
import { boxOf, expectLive, views } from "./support/screen.ts";
import { expect, test } from "./support/test.ts";

declare global {
  interface Window {
    axe: { run: (element: Element) => Promise<AxeResults> };
  }
}

/** What axe-core finds wrong with the view, and where. */
async function violations(view: Locator): Promise<string[]> {
  return view.evaluate(async (root) => {
    const { violations } = await window.axe.run(root);
    return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
  });
}

/** The least contrast of each text that lies over the picture, were the picture all black or all white; by its text. */
async function contrasts(view: Locator): Promise<[string, number][]> {
  return view.evaluate((root) => {
    const context = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
    if (context === null) throw new Error("no canvas");
    const luminance = (): number => {
      const linear = [...context.getImageData(0, 0, 1, 1).data.slice(0, 3)].map((channel) => {
        const part = channel / 255;
        return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * (linear[0] ?? 0) + 0.7152 * (linear[1] ?? 0) + 0.0722 * (linear[2] ?? 0);
    };
    const paint = (css: string): void => {
      context.fillStyle = css;
      context.fillRect(0, 0, 1, 1);
    };
    const texts = [...root.querySelectorAll<HTMLElement | SVGElement>(".rfb-chrome *")].filter(
      (each) =>
        [...each.childNodes].some((node) => node instanceof Text && node.data.trim() !== "") &&
        each.closest('.rfb-visually-hidden, [hidden], [aria-disabled="true"]') === null &&
        getComputedStyle(each).opacity !== "0",
    );
    return texts.map((each): [string, number] => {
      const chain: Element[] = [];
      for (let at: Element | null = each; at !== null && at !== root; at = at.parentElement) chain.unshift(at);
      const ratios = ["black", "white"].map((picture) => {
        paint(picture);
        for (const element of chain) {
          const { backgroundColor, backgroundImage } = getComputedStyle(element);
          paint(backgroundColor);
          // Of a message, the stripe at its side is no ground; of a popup, what it is laid on first is.
          if (element.matches(".rfb-tooltip, .rfb-menu")) paint(/rgba?\([^)]*\)/.exec(backgroundImage)?.[0] ?? "");
        }
        const ground = luminance();
        const { color, fill } = getComputedStyle(each);
        paint(each instanceof SVGElement ? fill : color);
        const text = luminance();
        return (Math.max(ground, text) + 0.05) / (Math.min(ground, text) + 0.05);
      });
      return [each.textContent ?? "", Math.min(...ratios)];
    });
  });
}

/** Open all that can lie over the picture at once. */
async function openAll(page: Page, view: Locator): Promise<void> {
  await point(view);
  await view.getByRole("button", { name: "Save a screenshot" }).click();
  await expect(view.locator(".rfb-toast")).toContainText("Saved");
  await view.locator(".rfb-status").click();
  await expect(view.locator(".rfb-banner")).toBeVisible();
  await view.getByRole("button", { name: "Record" }).click();
  await expect(view.locator(".rfb-recording")).toBeVisible();
  await view.getByRole("button", { name: "Encoding" }).click();
  await expect(page.getByRole("menu")).toBeVisible();
  await view.locator(".rfb-badge").hover();
  await expect(view.locator(".rfb-tooltip")).toHaveCSS("opacity", "1");
}

async function point(view: Locator): Promise<void> {
  const { x, y } = await boxOf(view);
  await view.page().mouse.move(x + 400, y + 150);
  await view.page().mouse.move(x + 401, y + 150);
  await expect(view.locator(".rfb-toolbar")).toHaveCSS("opacity", "1");
}

test("axe-core finds no violation in light and dark with all open, and all text can be read on any picture", async ({
  page,
  open,
}) => {
  await open("viewer.py", { query: { traits: '[{"show_stats": true, "height": 480}]' } });
  await expectLive(page);
  await page.addScriptTag({ path: join(ROOT, "js/node_modules/axe-core/axe.min.js") });
  const view = views(page);
  expect(await violations(view), "at rest").toEqual([]);
  await openAll(page, view);
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    await expect(view).toHaveCSS("color-scheme", new RegExp(colorScheme));
    expect(await violations(view), colorScheme).toEqual([]);
    const read = await contrasts(view);
    expect(read.length, "texts that were looked at").toBeGreaterThan(30);
    expect(
      read.filter(([, contrast]) => !(contrast >= 4.5)),
      colorScheme,
    ).toEqual([]);
  }
  await page.keyboard.press("Escape");
  await view.getByRole("button", { name: "Record" }).click();
});

test("everything can be done with the keyboard alone, and one sees where it is", async ({ page, open }) => {
  await open("viewer.py", { query: { traits: '[{"height": 400}]' } });
  await expectLive(page);
  const view = views(page);
  const focused = (): Promise<string> =>
    view.evaluate((root) => {
      const { activeElement } = root.getRootNode() as ShadowRoot;
      return activeElement?.ariaLabel ?? activeElement?.className ?? "";
    });
  const expectFocus = (name: string): Promise<void> => expect.poll(focused).toBe(name);
  const keys = async (...names: string[]): Promise<void> => {
    for (const name of names) await page.keyboard.press(name);
  };
  await view.locator("canvas").focus();
  await keys("Tab");
  await expectFocus("rfb-status");
  await expect(view.locator(".rfb-toolbar")).toHaveCSS("opacity", "1");
  await expect(view.locator(".rfb-tooltip")).toHaveCSS("opacity", "1"); // why it is this way
  await keys("Enter");
  await expect(view.locator(".rfb-banner")).toBeVisible();
  await keys("Enter", "Tab");
  await expectFocus("Pause");
  await expect(view.getByRole("button", { name: "Pause" })).toHaveCSS("outline-style", "solid");
  await keys("End");
  await expectFocus("Measurements");
  await keys("ArrowRight");
  await expectFocus("Pause");
  await keys("Space");
  await expectFocus("Play");
  await expect(view.getByRole("status").filter({ hasText: "Picture" })).toHaveText("Picture: paused");
  await keys("Enter");
  await expect(view.getByRole("status").filter({ hasText: "Picture" })).toHaveText("Picture: live");
  await keys("End", "Enter");
  await expect(view.locator(".rfb-hud")).toBeVisible();
  await keys("ArrowLeft");
  await expectFocus("Encoding");
  await keys("Enter");
  await expect(page.getByRole("menuitemradio", { name: "Automatic" })).toBeFocused();
  await keys("ArrowDown", "ArrowDown");
  await expect(page.getByRole("menuitemradio", { name: "PNG" })).toBeFocused();
  await keys("Escape");
  await expectFocus("Encoding");
  await keys("Enter", "ArrowDown", "ArrowDown", "Enter");
  await expectFocus("Encoding");
  await expect(view.locator(".rfb-stat-value", { hasText: "PNG, lossless" })).toBeVisible();
  await keys("Home", "ArrowRight", "Tab"); // one place in the order of tabs
  expect(await focused()).not.toMatch(/Record|Pause/);
  await keys("Shift+Tab");
  if ((await focused()) !== "Save a screenshot") await keys("Shift+Tab");
  await expectFocus("Save a screenshot"); // where it was
  await keys("Escape");
  await expectFocus("Live picture of stream default");
  await expect(view.locator(".rfb-toolbar")).toHaveCSS("opacity", "0");
});

test("nothing moves for who wants no motion, and colours that are forced tell states apart", async ({ page, open }) => {
  await page.emulateMedia({ reducedMotion: "reduce" });
  await open("viewer.py", { query: { traits: '[{"height": 300, "show_stats": true}]' } });
  await expectLive(page);
  const view = views(page);
  await point(view);
  const moving = await view.evaluate((root) =>
    [root, ...root.querySelectorAll("*")].flatMap((each) => {
      const { transitionDuration, animationName, animationDuration, animationIterationCount } = getComputedStyle(each);
      const isStill = transitionDuration.split(", ").every((duration) => duration === "0s");
      const isAnimated = animationName !== "none" && (animationDuration !== "0s" || animationIterationCount !== "1");
      return isStill && !isAnimated ? [] : [each.className.toString()];
    }),
  );
  expect(moving).toEqual([]);

  await page.emulateMedia({ forcedColors: "active" });
  await point(view);
  const borderOf = (name: string): Promise<string> =>
    view.getByRole("button", { name }).evaluate((button) => getComputedStyle(button).borderTopColor);
  expect(await borderOf("Measurements")).not.toBe(await borderOf("Pause"));
  const dot = view.locator(".rfb-status-dot");
  const ground = await view.locator(".rfb-status").evaluate((pill) => getComputedStyle(pill).backgroundColor);
  await expect(dot).not.toHaveCSS("background-color", ground);
});

test("who wants less motion gets ten frames a second at most, and all of them when that changes", async ({ page }) => {
  const [plain, server] = await Promise.all([PlainPage.start(), CardServer.start()]);
  try {
    await page.emulateMedia({ reducedMotion: "reduce" });
    await plain.mount(page, { url: server.url, token: server.token });
    await expectLive(page);
    const limits = async (): Promise<(number | null)[]> =>
      (await viewerFacts(server.port, server.token)).map(({ max_fps }) => max_fps);
    await expect.poll(limits).toEqual([10]);
    await page.emulateMedia({ reducedMotion: "no-preference" });
    await expect.poll(limits).toEqual([null]);
  } finally {
    await Promise.all([plain.stop(), server.kill()]);
  }
});
