import type { Locator } from "@playwright/test";
import { quadrants } from "./support/card.ts";
import { CardServer, viewerFacts } from "./support/card_server.ts";
import { Link } from "./support/link.ts";
import { Look, expectLive, expectMoving, isClose, views } from "./support/screen.ts";
import { expect, test } from "./support/test.ts";

const FRAME = { width: 1280, height: 720 };

/** Away from edges, where JPEG of any quality is right. */
async function expectColors(view: Locator, tolerance: number): Promise<void> {
  const look = await Look.at(view, FRAME);
  for (const { color, ...point } of quadrants(FRAME)) {
    const seen = look.atFrame(point);
    expect(seen !== undefined && isClose(seen, color, tolerance), `${seen} for ${color}`).toBe(true);
  }
}

test("a page on a narrow link gets smaller pictures, and full ones when the link is wide again", async ({
  page,
  open,
}) => {
  const server = await CardServer.start({ size: "1280x720", format: "image/jpeg", quality: "auto" });
  const link = await Link.start(server.port, 1);
  const layer = async (): Promise<string> => {
    const [viewer] = await viewerFacts(server.port, server.token);
    return viewer === undefined ? "" : `${viewer.layer_reason} ${viewer.scale}`;
  };
  try {
    const traits = [{ url: `ws://127.0.0.1:${link.port}/default`, token: server.token, height: 360 }];
    await open("remote.py", { query: { traits: JSON.stringify(traits) } });
    await expectLive(page);
    await expect.poll(layer).toMatch(/^network 0\.\d+$/);
    const view = views(page).first();
    const measurements = view.getByRole("button", { name: "Measurements" });
    await view.hover();
    await measurements.click();
    await expect(view.locator(".rfb-hud")).toContainText(/at \d+%/);
    await measurements.click();
    await expectColors(view, 14);
    link.widen();
    await expect.poll(layer).toBe("full 1");
    // The numbers of the cards are too small for a picture of few pixels.
    await expectMoving(view, FRAME);
    await expectColors(view, 6);
  } finally {
    link.end();
    await server.kill();
  }
});
