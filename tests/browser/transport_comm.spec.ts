import type { Page } from "@playwright/test";
import type { ViewerFact } from "./support/ladder.ts";
import { Calls, KernelTraffic, elsewhere, expectWay, openPort, viewersOf } from "./support/ladder.ts";
import type { Mode } from "./support/marimo.ts";
import { notePaints, paintsBetween } from "./support/paints.ts";
import { Look, expectLive, expectMoving, views } from "./support/screen.ts";
import type { Notebook, Open } from "./support/test.ts";
import { expect, test } from "./support/test.ts";
import { expectNoBlank, keepVigil } from "./support/vigil.ts";

const FRAME = { width: 320, height: 180 };
const MESSAGES = "**/api/kernel/set_model_value";
const CLICK = { position: { x: 300, y: 120 } };

// It comes last in the suite, where one file would keep one worker busy and the other idle.
test.describe.configure({ mode: "parallel" });
test.use({ environment: { MARIMO_SERVER_ASGI_MIDDLEWARE_DENYLIST: "marimo-rfb" } });

interface Told {
  readonly type: string;
  readonly x: number;
}

/** Have each of the page's messages to the kernel take `delayMs(n)` on its way; `n` counts them. */
async function delayMessages(page: Page, delayMs: (n: number) => number): Promise<void> {
  let count = 0;
  await page.route(MESSAGES, async (route) => {
    count += 1;
    const ms = delayMs(count);
    await new Promise((resolve) => setTimeout(resolve, ms));
    await route.continue().catch(() => {}); // the page may be gone by then
  });
}

/** Open the notebook where nothing but the kernel's channel is left, and see what comes by it. */
async function openShut(open: Open, page: Page, mode: Mode): Promise<{ notebook: Notebook; traffic: KernelTraffic }> {
  const traffic = new KernelTraffic(page);
  const notebook = await open("ways.py", { mode, query: { shut: "1" } });
  await expectLive(page);
  await expectMoving(views(page), FRAME);
  const why = await expectWay(page, notebook, "comm");
  expect(why).toMatch(/^Over the kernel's channel, which is slow.* No connection to ws:.* install marimo-rfb/);
  const pill = views(page).locator(".rfb-status");
  await expect(pill).toHaveText("live via kernel, slow");
  await expect(pill).toHaveAttribute("aria-description", why);
  await pill.click();
  await expect(views(page).locator(".rfb-banner")).toHaveText(why);
  await pill.click();

  await views(page).locator(".rfb-viewport").click(CLICK);
  await expect.poll(() => pressesOf(notebook)).toEqual(["pointer_down", "pointer_up"]);

  await expect.poll(() => traffic.seqs.length).toBeGreaterThan(30);
  expect(traffic.mostUnderWay).toBeLessThanOrEqual(2);
  expect(traffic.seqs).toEqual(traffic.seqs.toSorted((a, b) => a - b));
  expect(viewersOf(notebook)).toEqual([expect.objectContaining({ window: 2 })]);
  return { notebook, traffic };
}

/** The presses and releases that Python heard of. */
function pressesOf(notebook: Notebook): string[] {
  const types = notebook.facts<Told>("events").map(({ type }) => type);
  return types.filter((type) => /down|up/.test(type));
}

test("in marimo run, where no port and no server can be reached, pictures come by the kernel's channel", async ({
  page,
  open,
}) => {
  const { notebook, traffic } = await openShut(open, page, "run");

  await test.step("what a person does keeps its order, however long each message takes", async () => {
    const before = pressesOf(notebook).length;
    // Each second one is overtaken, if it can be.
    await delayMessages(page, (n) => (n % 2 === 1 ? 150 : 0));
    const xs = [160, 200, 240, 280, 320];
    for (const x of xs)
      await views(page)
        .locator(".rfb-viewport")
        .click({ position: { x, y: 100 } });
    await expect
      .poll(() => pressesOf(notebook).slice(before))
      .toEqual(xs.flatMap(() => ["pointer_down", "pointer_up"]));
    expect(notebook.facts<Told>("events").filter(({ type }) => type === "close")).toEqual([]);
    const viewers = notebook.facts<readonly ViewerFact[]>("viewers").flat();
    expect(new Set(viewers.map(({ id }) => id)).size).toBe(1);
    await page.unroute(MESSAGES);
  });

  await test.step("while a cell computes pictures trickle, and afterwards they go on", async () => {
    await notePaints(page);
    await page.getByRole("button", { name: "compute for three seconds" }).click();
    await expect.poll(() => notebook.facts("computed")).toHaveLength(1);
    const [from = 0] = notebook.facts<number>("computing");
    const [to = 0] = notebook.facts<number>("computed");
    expect((await paintsBetween(page, from * 1000 + 500, to * 1000)).length).toBeGreaterThan(0);
    await expectMoving(views(page), FRAME);
    // What was sent without acks counts as arrived, so the page may have one more that it did not ack yet.
    expect(traffic.mostUnderWay).toBeLessThanOrEqual(5);
  });

  await test.step("a port that opens later takes over between two frames, and one that is lost gives way", async () => {
    await keepVigil(page);
    await openPort(page, notebook, FRAME);
    notebook.wish({ open: false });
    await expectWay(page, notebook, "comm");
    await expectMoving(views(page), FRAME);
    await expectNoBlank(page);
  });

  await test.step("a view that is built anew lets its former connection go at once", async () => {
    await views(page)
      .locator("canvas")
      .evaluate((canvas) => canvas.setAttribute("data-former", ""));
    notebook.wish({ open: false, traits: { main_thread_present: false } });
    await expect(page.locator("canvas[data-former]")).toHaveCount(0);
    await expectMoving(views(page), FRAME);
    // By itself Python would only find out in a minute.
    await expect.poll(() => notebook.facts<unknown[]>("viewers").at(-1)?.length, { timeout: 20_000 }).toBe(1);
  });
});

test("in marimo edit pictures come by the kernel's channel too, and go on when the page is loaded again", async ({
  page,
  open,
}) => {
  await openShut(open, page, "edit");
  await page.reload();
  await expectLive(page);
  await expect(views(page)).toHaveAttribute("data-transport", "comm");
  await expectMoving(views(page), FRAME);
});

test("a page of another machine takes the port where it is open to all", async ({ page, open }) => {
  const notebook = await open("ways.py", { query: { host: "0.0.0.0" }, by: elsewhere });
  await expectLive(page);
  await expectMoving(views(page), FRAME);
  await expectWay(page, notebook, "direct");
  await expect(views(page).locator(".rfb-status")).toHaveText("live");
});

test("a page of another machine never tries a port that only the kernel's machine can reach", async ({
  page,
  open,
}) => {
  const calls = new Calls(page);
  const notebook = await open("ways.py", { by: elsewhere });
  await expectLive(page);
  await expectMoving(views(page), FRAME);
  await expectWay(page, notebook, "comm");
  expect(calls.asked.filter((url) => !url.includes("/rfb/"))).toEqual([]);
});

test("several views share the kernel's channel, and all of them move", async ({ page, open }) => {
  const given = [{ height: 140 }, { height: 140 }, { height: 140, main_thread_present: false }];
  const notebook = await open("ways.py", { query: { shut: "1", views: JSON.stringify(given) } });
  await expectLive(page, 3);
  for (const view of await views(page).all()) {
    await expect(view).toHaveAttribute("data-transport", "comm");
    await expectMoving(view, FRAME);
  }
  expect(viewersOf(notebook)).toHaveLength(3);
});

test("where acks are slow pictures become fewer and smaller, and better again when they are quick", async ({
  page,
  open,
}) => {
  const notebook = await open("ways.py", { query: { shut: "1", size: "640x360" } });
  await expectLive(page);
  await expectWay(page, notebook, "comm");
  const quality = (): number | undefined => viewersOf(notebook)[0]?.quality;
  await expect.poll(quality).toBe(70);
  await delayMessages(page, () => 700);
  await expect.poll(quality).toBe(40);
  const size = { width: 640, height: 360 };
  await expectMoving(views(page), size);
  // Smaller, and yet the frame that Python published: a click is where the person saw it.
  expect(viewersOf(notebook)[0]?.scale).toBeLessThan(1);
  await page.unroute(MESSAGES);
  await expect.poll(quality).toBe(55);
  const look = await Look.at(views(page), size);
  expect(look.count()).toBeDefined();
});
