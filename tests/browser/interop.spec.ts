import { spawnSync } from "node:child_process";
import { CardServer, TOKEN } from "./support/card_server.ts";
import { PlainPage, noted } from "./support/plain_page.ts";
import { PYTHON, Program, freePort } from "./support/process.ts";
import { Look, expectCard, expectLive, expectMoving, placeOf, views } from "./support/screen.ts";
import { expect, test } from "./support/test.ts";

const FRAME = { width: 320, height: 180 };

const FIND =
  "import importlib.metadata as m, pdum.rfb as p, pathlib; print(m.version('habemus-papadum-rfb')); print(pathlib.Path(p.__file__).parent / 'static')";

/** Version and browser bundle of the older package, where it is installed. */
function findPdum(): { version: string; folder: string } | undefined {
  const found = spawnSync(PYTHON, ["-c", FIND], { encoding: "utf8" });
  const [version, folder] = found.status === 0 ? found.stdout.trim().split("\n") : [];
  return version === undefined || folder === undefined ? undefined : { version, folder };
}

const pdum = findPdum();
test.skip(pdum?.version !== "0.3.0", `habemus-papadum-rfb 0.3.0 is not installed in ${PYTHON} (it needs Python 3.12)`);

for (const onPage of [true, false]) {
  const where = onPage ? "the page" : "the worker";

  test(`the older package's widget shows our stream and clicks in it; ${where} presents`, async ({ page }) => {
    const [plain, server] = await Promise.all([PlainPage.start(pdum?.folder), CardServer.start()]);
    try {
      const { port, token } = server;
      const traits = {
        host: "127.0.0.1",
        port,
        stream: "default",
        token,
        main_thread_present: onPage,
        height: 180,
        show_toolbar: false,
      };
      await plain.mount(page, traits, "cleanup");
      await expect.poll(async () => (await noted(page)).traits.state).toBe("negotiated");
      // Its status pill and badge cover what is below them.
      await page.addStyleTag({ content: ".rfb-status, .rfb-badge, .rfb-loading { display: none !important; }" });
      const view = page.locator("#place");
      await expectCard(view, FRAME);
      await expectMoving(view, FRAME);
      const { x, y } = await placeOf(view, FRAME, { x: 250, y: 30 });
      await page.mouse.click(x, y);
      await expect.poll(() => server.events("pointer_down")).toHaveLength(1);
      const [event] = server.events("pointer_down");
      expect(Math.abs((event?.x ?? 0) - 250)).toBeLessThanOrEqual(1);
      expect(Math.abs((event?.y ?? 0) - 30)).toBeLessThanOrEqual(1);
    } finally {
      await Promise.all([plain.stop(), server.kill()]);
    }
  });

  test(`our widget shows a stream of the older package; ${where} presents`, async ({ page }) => {
    const port = await freePort();
    const server = new Program(["-m", "serve_pdum", `--port=${port}`, `--token=${TOKEN}`]);
    const plain = await PlainPage.start();
    try {
      await server.answers(`http://127.0.0.1:${port}/health`);
      const url = `ws://127.0.0.1:${port}/default`;
      await plain.mount(page, { url, token: TOKEN, height: 180, main_thread_present: onPage });
      await expectLive(page);
      await expectCard(views(page), FRAME, { tolerance: 20 });
      await expectMoving(views(page), FRAME);
      const { x, y } = await placeOf(views(page), FRAME, { x: 250, y: 30 });
      await page.mouse.click(x, y);
      await expect.poll(() => server.output).toMatch(/'type': 'pointer_down'/);
      await expect
        .poll(async () => (await noted(page)).sent.some(({ stats }) => typeof stats?.rtt_ms === "number"))
        .toBe(true);
      expect(await views(page).getAttribute("data-state")).toBe("negotiated"); // it took all that we sent
    } finally {
      await Promise.all([plain.stop(), server.kill()]);
    }
  });
}

test("a wrong token at a server of the older package is an error on screen", async ({ page, sockets }) => {
  const port = await freePort();
  const server = new Program(["-m", "serve_pdum", `--port=${port}`, `--token=${TOKEN}`]);
  const plain = await PlainPage.start();
  try {
    await server.answers(`http://127.0.0.1:${port}/health`);
    await plain.mount(page, { url: `ws://127.0.0.1:${port}/default`, token: "a wrong one", height: 180 });
    await expect(views(page)).toHaveAttribute("data-state", "error");
    await expect(views(page).locator(".rfb-banner")).toContainText(/not authorised/i);
    await expect(views(page)).toHaveClass(/rfb-empty/);
    expect((await Look.at(views(page), FRAME)).faults(60)).not.toEqual([]);
    expect(sockets.urls).toHaveLength(1);
  } finally {
    await Promise.all([plain.stop(), server.kill()]);
  }
});
