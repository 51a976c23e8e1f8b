import type { Locator, Page } from "@playwright/test";
import { Jupyter } from "./support/jupyter.ts";
import { boxOf, expectLive, views } from "./support/screen.ts";
import { expect, test } from "./support/test.ts";

/** For the whole page, and for the views alone: one style sheet for every notebook. */
const PROPERTIES = `:root {
  --rfb-status-open: rgb(10, 11, 12); --rfb-status-error: rgb(13, 14, 15); --rfb-status-connecting: rgb(16, 17, 18);
  --rfb-radius: 13px; --rfb-font: italic 11px monospace;
}
.rfb-root {
  --rfb-bg: rgb(1, 2, 3); --rfb-fg: rgb(4, 5, 6); --rfb-accent: rgb(19, 20, 21); --rfb-overlay-bg: rgb(7, 8, 9);
}`;
const PARTS = ["root", "viewport", "toolbar", "button", "status", "badge", "hud", "banner"].map(
  (name) => `rfb-${name}`,
);
/** A colour for each part that none has by itself, by rules whose selectors `of` makes. */
const rules = (of: (part: string) => string): string =>
  PARTS.map((part, index) => `${of(part)} { border-color: rgb(200, 0, ${index}); }`).join("\n");

/** Show all parts: by what Python set, and because somebody points there. */
async function showAll(page: Page): Promise<Locator> {
  await expectLive(page);
  const view = views(page);
  await view.locator(".rfb-status").click();
  await expect(view.locator(".rfb-banner")).toBeVisible();
  await expect(view.locator(".rfb-badge")).toBeVisible();
  await expect(view.locator(".rfb-hud")).toBeVisible();
  return view;
}

async function expectRules(page: Page): Promise<void> {
  for (const [index, part] of PARTS.entries()) {
    // The host of marimo's shadow tree has the root's class too.
    const element = part === "rfb-root" ? views(page) : page.locator(`.${part}`).first();
    await expect(element, part).toHaveCSS("border-top-color", `rgb(200, 0, ${index})`);
  }
}

async function expectProperties(view: Locator): Promise<void> {
  for (const part of [".rfb-toolbar", ".rfb-badge", ".rfb-hud"]) {
    await expect(view.locator(part)).toHaveCSS("background-color", "rgb(7, 8, 9)");
    await expect(view.locator(part)).toHaveCSS("color", "rgb(4, 5, 6)");
  }
  await expect(view.locator(".rfb-toolbar")).toHaveCSS("border-radius", "13px");
  for (const part of [view.locator(".rfb-button").first(), view.locator(".rfb-hud")]) {
    await expect(part).toHaveCSS("font-family", "monospace");
    await expect(part).toHaveCSS("font-style", "italic");
    await expect(part).toHaveCSS("font-size", "11px");
  }
  await expect(view.locator(".rfb-sparkline polyline")).toHaveCSS("stroke", "rgb(19, 20, 21)");
  await expect(view).toHaveCSS("background-color", "rgb(1, 2, 3)");
  // Of states that the view is not in, the page is told that it were.
  for (const [state, color] of [
    ["error", "rgb(13, 14, 15)"],
    ["connecting", "rgb(16, 17, 18)"],
    ["negotiated", "rgb(10, 11, 12)"],
  ] as const) {
    await view.evaluate((root, told) => root.setAttribute("data-state", told), state);
    await expect(view.locator(".rfb-status-dot")).toHaveCSS("background-color", color);
  }
}

test("another cell's custom properties and ::part rules reach through marimo's shadow root", async ({ page, open }) => {
  const html = `<style>${PROPERTIES}\n${rules((part) => `*::part(${part})`)}</style>`;
  await open("viewer.py", { query: { html, traits: '[{"show_stats": true, "height": 420}]' } });
  const view = await showAll(page);
  await expectProperties(view);
  await expectRules(page);
});

/** How bright what lies over the picture is, 0 to 255, and what is written on it. */
async function shades(view: Locator): Promise<{ ground: number; text: number }> {
  return view.locator(".rfb-toolbar").evaluate((bar) => {
    const { backgroundColor, color } = getComputedStyle(bar);
    const context = document.createElement("canvas").getContext("2d");
    const shade = (css: string): number => {
      if (context === null) return NaN;
      context.fillStyle = css;
      context.fillRect(0, 0, 1, 1);
      return context.getImageData(0, 0, 1, 1).data[1] ?? NaN;
    };
    return { ground: shade(backgroundColor), text: shade(color) };
  });
}

async function expectScheme(view: Locator, scheme: "light" | "dark"): Promise<void> {
  const contrast = async (): Promise<boolean> => {
    const { ground, text } = await shades(view);
    return scheme === "light" ? ground > 200 && text < 100 : ground < 80 && text > 150;
  };
  await expect.poll(contrast, { message: `what lies over the picture is ${scheme}` }).toBe(true);
}

test("in marimo it follows the theme of the page, and not that of the browser", async ({ page, open }) => {
  await page.emulateMedia({ colorScheme: "light" });
  await open("viewer.py", { query: { traits: '[{"height": 240}]' } });
  await expectLive(page);
  await expectScheme(views(page), "light");
  await page.emulateMedia({ colorScheme: "dark" }); // which marimo follows, set to "system"
  await expectScheme(views(page), "dark");
  await page.emulateMedia({ colorScheme: "light" });
  await expectScheme(views(page), "light");
  await open("viewer_dark.py");
  await expectLive(page);
  await expectScheme(views(page), "dark");
});

test("in JupyterLab the viewer follows Lab's theme, another cell's rules count, and its controls work", async ({
  page,
}) => {
  const jupyter = await Jupyter.start();
  try {
    await page.emulateMedia({ colorScheme: "dark" });
    jupyter.write("themes.ipynb", [
      "import itertools, marimo_rfb as rfb\nfrom card import card\n" +
        "display = await rfb.serve(320, 180, port=0)\nframes = itertools.count()\n" +
        "task = rfb.publish_loop(display, lambda: card(320, 180, next(frames) % 1024), fps=10)\n" +
        "display.widget(show_stats=True, height=420)",
      `from IPython.display import HTML\nHTML('''<style>${rules((part) => `.${part}`)}</style>''')`,
      `HTML('''<style>${PROPERTIES}</style>''')`,
    ]);
    const lab = await jupyter.open(page, "themes.ipynb");
    await lab.run(0);
    const view = await showAll(page);
    await expectScheme(view, "light");
    await expectControls(page, view, lab.cell(0));
    await choose(page, "JupyterLab Dark");
    await expectScheme(view, "dark");
    await page.emulateMedia({ colorScheme: "light" });
    await page.evaluate(() => document.body.style.removeProperty("color-scheme")); // which older ones do not set
    await expectScheme(view, "dark");
    await lab.run(1);
    await wake(view);
    await expectRules(page);
    await lab.run(2);
    await wake(view);
    await expectProperties(view);
  } finally {
    await jupyter.stop();
  }
});

/** With the keyboard, whose keys Lab has other uses for, and with the mouse. */
async function expectControls(page: Page, view: Locator, cell: Locator): Promise<void> {
  const [pause, hud] = [
    view.getByRole("button", { name: "Pause" }),
    view.getByRole("button", { name: "Measurements" }),
  ];
  await view.locator("canvas").focus();
  await page.keyboard.press("Tab");
  await page.keyboard.press("Tab");
  await expect(pause).toBeFocused();
  await expect(pause).toHaveCSS("border-radius", "4px");
  await expect(view.locator(".rfb-status")).toHaveCSS("border-radius", "12px");
  const readings = await view.locator(".rfb-stats > div").evaluateAll((lines) =>
    lines.map(({ children: [name, value] }) => {
      const [end, start] = [name?.getBoundingClientRect().right ?? NaN, value?.getBoundingClientRect().left ?? NaN];
      return start - end;
    }),
  );
  expect(Math.min(...readings), "between a name and its value").toBeGreaterThanOrEqual(4);
  await page.keyboard.press("Space");
  await expect(view.locator(".rfb-status")).toHaveText("paused");
  await page.keyboard.press("Enter");
  await expect(view.locator(".rfb-status")).toHaveText("live");
  await page.keyboard.press("End");
  await expect(hud).toBeFocused();
  await page.keyboard.press("ArrowDown");
  await expect(pause).toBeFocused();
  await page.keyboard.press("Escape");
  await expect(view.locator("canvas")).toBeFocused();
  await expect(cell).toHaveClass(/jp-mod-selected/);
  await wake(view);
  await view.getByRole("button", { name: "Zoom in" }).click();
  await expect(view.getByRole("button", { name: /^Reset zoom/ })).toHaveText("150%");
  await view.getByRole("button", { name: "Encoding" }).click();
  await page.getByRole("menuitemradio", { name: "PNG" }).click();
  await expect(view.locator(".rfb-stat-value", { hasText: "PNG, lossless" })).toBeVisible();
}

async function wake(view: Locator): Promise<void> {
  await view.scrollIntoViewIfNeeded();
  const { x, y } = await boxOf(view);
  await view.page().mouse.move(x + 300, y + 200);
  await view.page().mouse.move(x + 301, y + 200);
}

async function choose(page: Page, theme: string): Promise<void> {
  await page.locator(".lm-MenuBar-itemLabel", { hasText: "Settings" }).click();
  await page.locator(".lm-Menu-itemLabel", { hasText: /^Theme$/ }).hover();
  await page.locator(".lm-Menu-itemLabel", { hasText: new RegExp(`^${theme}$`) }).click();
}
