import type { Locator } from "@playwright/test";
import { join } from "node:path";
import { MODES } from "./support/marimo.ts";
import type { Rgb } from "./support/png.ts";
import { ROOT } from "./support/process.ts";
import { Look, expectLive, placeOf } from "./support/screen.ts";
import { expect, test } from "./support/test.ts";

const DEMO = join(ROOT, "notebooks/marimo-demo.py");
const FRAME = { width: 720, height: 480 };
const SMALL = { width: 480, height: 120 };

test.use({ viewport: { width: 1280, height: 800 } });

/** A few hundred colours of the picture as it is on screen. */
async function colors(view: Locator, frame = FRAME): Promise<string[]> {
  const look = await Look.at(view, frame, "cover");
  const found: string[] = [];
  for (let y = 5; y < frame.height; y += 20) {
    for (let x = 5; x < frame.width; x += 20) found.push(String(look.atFrame({ x, y }) ?? "unseen"));
  }
  return found;
}

async function expectChanges(view: Locator, frame = FRAME): Promise<void> {
  const before = await colors(view, frame);
  const changed = async (): Promise<number> =>
    (await colors(view, frame)).filter((color, index) => color !== before[index]).length;
  await expect.poll(changed, { message: "the picture stands still" }).toBeGreaterThan(20);
}

function brightness(color: Rgb | undefined): number {
  return color === undefined ? NaN : Math.min(...color);
}

for (const mode of MODES) {
  test(`the demo in marimo ${mode} moves, obeys its sliders without a new socket, and is painted on`, async ({
    page,
    open,
    sockets,
  }) => {
    await open(DEMO, { mode });
    await expectLive(page, 2);
    const reaction = page.locator("div.rfb-root", { has: page.getByRole("img", { name: "Two substances" }) });
    const rings = page.locator("div.rfb-root", { has: page.getByRole("img", { name: "stream default" }) });
    await expectChanges(rings, SMALL);
    await expectChanges(reaction);

    const slider = (name: string): Locator =>
      page.locator("marimo-slider").filter({ hasText: name }).getByRole("slider");
    await slider("Feed").focus();
    for (let step = 0; step < 12; step++) await page.keyboard.press("ArrowRight");
    await expectChanges(reaction);

    await slider("Speed").focus();
    await page.keyboard.press("Home");
    await expect(slider("Speed")).toHaveAttribute("aria-valuenow", "0");
    const far = await placeOf(reaction, FRAME, { x: 500, y: 60 }, "cover");
    await page.mouse.click(far.x, far.y);
    await page.keyboard.press("c"); // clears, so that paint is all there is to see
    await page.mouse.move(0, 0);
    await expect.poll(async () => new Set((await colors(reaction)).filter((color) => color !== "unseen")).size).toBe(1);

    const [start, end] = await Promise.all(
      [
        { x: 200, y: 150 },
        { x: 420, y: 330 },
      ].map((point) => placeOf(reaction, FRAME, point, "cover")),
    );
    if (start === undefined || end === undefined) throw new Error("unreachable");
    await page.mouse.move(start.x, start.y);
    await page.mouse.down();
    await page.mouse.move(end.x, end.y, { steps: 8 });
    await page.mouse.up();
    await page.mouse.move(0, 0); // the outline of the brush goes with the pointer
    const seen = async (): Promise<boolean[]> => {
      const look = await Look.at(reaction, FRAME, "cover");
      const points = [
        { x: 200, y: 150 },
        { x: 310, y: 240 },
        { x: 420, y: 330 },
        { x: 420, y: 150 },
        { x: 200, y: 330 },
      ];
      return points.map((point) => brightness(look.atFrame(point)) > 120);
    };
    await expect.poll(seen).toEqual([true, true, true, false, false]);
    expect(sockets.urls).toHaveLength(2);
    expect(sockets.open).toBe(2);
  });
}
