import { join } from "node:path";
import { Front } from "./support/front.ts";
import { Calls, expectWay } from "./support/ladder.ts";
import { ROOT } from "./support/process.ts";
import { expectLive, expectMoving, views } from "./support/screen.ts";
import { expect, test as base, workersOf } from "./support/test.ts";

const FRAME = { width: 320, height: 180 };
const WORKER = join(ROOT, "marimo_rfb/static/worker.js");

const test = base.extend<{ front: (...args: Parameters<typeof Front.start>) => Promise<Front> }>({
  front: async ({}, use) => {
    const started: Front[] = [];
    await use(async (...args) => {
      const front = await Front.start(...args);
      started.push(front);
      return front;
    });
    for (const each of started) await each.stop();
  },
});

const at = (front: Front, host = "127.0.0.1"): string => `http://${host}:${front.port}`;

function policy(workerSrc: string): { headers: Record<string, string>; files: Record<string, string> } {
  return {
    headers: { "Content-Security-Policy": `worker-src ${workerSrc}` },
    files: { "/assets/rfb-worker.js": WORKER },
  };
}

test("where no worker may run pictures are decoded on the page's thread, and the page says so", async ({
  page,
  open,
  front,
}) => {
  const height = 140;
  const given = [{ height }, { height, main_thread_present: false }, { height, worker_url: "/assets/rfb-worker.js" }];
  const notebook = await open("ways.py", {
    query: { views: JSON.stringify(given) },
    by: async (port) => at(await front(port, policy("'none'"))),
  });
  await expectLive(page, 3);
  for (const view of await views(page).all()) await expectMoving(view, FRAME);
  expect(await workersOf(page)).toBe(0);
  const titles = await views(page)
    .locator(".rfb-status")
    .evaluateAll((pills) => pills.map((pill) => pill.getAttribute("aria-description") ?? ""));
  for (const title of titles) expect(title).toMatch(/policy.*decodes pictures on its main thread\. .*worker_url/);
  expect(titles[2]).toContain("the worker at /assets/rfb-worker.js");
  await expect.poll(() => notebook.trait("transport_reason")).toMatch(/decodes pictures on its main thread/);
  await views(page).first().locator(".rfb-viewport").click();
  await expect.poll(() => notebook.facts<{ type: string }>("events").map(({ type }) => type)).toContain("pointer_down");
});

for (const [what, source, url, why] of [
  ["its own address is allowed", "'self'", "/assets/rfb-worker.js", "Directly from the kernel's port."],
  ["blob: is allowed", "blob:", "", "Directly from the kernel's port."],
] as const) {
  test(`where ${what} a worker decodes`, async ({ page, open, front }) => {
    const notebook = await open("ways.py", {
      query: { views: JSON.stringify([{ worker_url: url }]) },
      by: async (port) => at(await front(port, policy(source))),
    });
    await expectLive(page);
    await expectMoving(views(page), FRAME);
    expect(page.workers()).toHaveLength(1);
    expect(await expectWay(page, notebook, "direct")).toBe(why);
  });
}

test("a worker that is not at its address costs a word, and no picture", async ({ page, open }) => {
  const given = JSON.stringify([{ worker_url: "/nothing-here.js" }]);
  const notebook = await open("ways.py", { query: { views: given } });
  await expectLive(page);
  await expectMoving(views(page), FRAME);
  await expect.poll(() => notebook.trait("transport_reason")).toMatch(/the worker at \/nothing-here\.js.*worker_url/);
});

for (const answer of ["404 Not Found", "200 OK"]) {
  test(`a proxy that answers sockets with ${answer} is named, and the kernel's channel taken`, async ({
    page,
    open,
    front,
  }) => {
    const notebook = await open("ways.py", {
      query: { shut: "1" },
      by: async (port) => at(await front(port, { refuseSockets: answer })),
    });
    await expectLive(page);
    await expectMoving(views(page), FRAME);
    await expect.poll(() => notebook.trait("transport_reason")).toMatch(/a proxy blocks WebSockets\..*Upgrade/);
    const why = await expectWay(page, notebook, "comm");
    await expect(views(page).locator(".rfb-status")).toHaveAttribute("aria-description", why);
  });
}

test.describe("of an encrypted page", () => {
  test.use({ ignoreHTTPSErrors: true });

  test("the picture comes through its own server, and no other way is tried", async ({ page, open, front }) => {
    const calls = new Calls(page);
    const notebook = await open("ways.py", {
      by: async (port) => `https://notebook.test:${(await front(port, { isEncrypted: true })).port}`,
    });
    await expectLive(page);
    await expectMoving(views(page), FRAME);
    await expectWay(page, notebook, "same-origin");
    expect(calls.asked).toEqual([expect.stringMatching(/^wss:\/\/notebook\.test:\d+\/rfb\//)]);
  });

  test("an unencrypted address is named, with the remedy, and not tried again", async ({ page, open, front }) => {
    const given = [{ url: "ws://other.test:4000/default" }, { host: "other.test", port: "PORT" }];
    const notebook = await open("ways.py", {
      query: { views: JSON.stringify(given) },
      by: async (port) => `https://notebook.test:${(await front(port, { isEncrypted: true })).port}`,
    });
    await expect(views(page)).toHaveCount(2);
    for (const [index, address] of ["ws://other.test:4000/default", "ws://other.test:"].entries()) {
      await expect(views(page).nth(index)).toHaveAttribute("data-state", "error");
      const banner = views(page).nth(index).locator(".rfb-banner");
      await expect(banner).toContainText(address);
      await expect(banner).toContainText(/https page.*encrypted.*base_path.*wss:\/\//);
      await expect(banner).toBeVisible();
    }
    await expect.poll(() => notebook.trait("state")).toBe("error");
    expect(notebook.trait("last_error")).toMatch(/https page/);
  });

  test("where its server passes nothing on, the port of all addresses cannot be opened either, and why says so", async ({
    page,
    open,
    front,
  }) => {
    const notebook = await open("ways.py", {
      query: { host: "0.0.0.0" },
      by: async (port) =>
        `https://notebook.test:${(await front(port, { isEncrypted: true, refuseSockets: "403 Forbidden" })).port}`,
    });
    await expectLive(page);
    await expectMoving(views(page), FRAME);
    await expect
      .poll(() => notebook.trait("transport_reason"))
      .toMatch(/a proxy blocks WebSockets\..*https page cannot open an unencrypted/);
    await expectWay(page, notebook, "comm");
  });
});

test("what a server says by every way is said once, with the remedy", async ({ page, open }) => {
  await open("ways.py", { query: { views: JSON.stringify([{ token: "a wrong one" }]) } });
  await expect(views(page)).toHaveAttribute("data-state", "error");
  const text = await views(page).locator(".rfb-banner-text").textContent();
  expect(text).toBe("Not authorised: the token is wrong. Run the cell that made this view again.");
});

test("a server that encodes nothing that the page can show says so, with the remedy", async ({ page, open }) => {
  await open("ways.py", { query: { format: "image/x" } });
  await expect(views(page)).toHaveAttribute("data-state", "error");
  const text = await views(page).locator(".rfb-banner-text").textContent();
  expect(text).toMatch(/^The server offers no codec.*Allow JPEG or PNG.*image\/x$/);
  expect(text?.match(/no codec in common/g)).toHaveLength(1);
});
