import type { Page } from "@playwright/test";
import { Editor } from "./support/editor.ts";
import { isGone, streamsOf } from "./support/hub.ts";
import type { HubFact } from "./support/marimo.ts";
import { expectCount, expectLive, expectMoving, views } from "./support/screen.ts";
import type { Notebook } from "./support/test.ts";
import { expect, test } from "./support/test.ts";
import { expectNoBlank, keepVigil } from "./support/vigil.ts";

const FRAME = { width: 320, height: 180 };

/** The names of the hub's streams, without the numbers that tell them apart. */
async function streamNames(hub: HubFact): Promise<string[]> {
  return (await streamsOf(hub)).map(({ name }) => name.replace(/~.*/, "")).sort();
}

/** Wait until there are no streams but `names`, and note how long that took. */
async function closes(streams: () => Promise<string[]>, names: readonly string[]): Promise<void> {
  const from = Date.now();
  await expect.poll(streams, { intervals: [20] }).toEqual(names);
  test.info().annotations.push({ type: "closed after", description: `${Date.now() - from} ms` });
}

test.describe("a stream is closed", () => {
  test("when its session in marimo run ends, and no other session's", async ({ page, context, open, servers }) => {
    const notebook = await open("closing.py");
    await expectLive(page, 2);
    const { hub } = notebook;
    const other = await context.newPage();
    await other.goto((await servers.get("run", "closing.py")).url({ facts: "closing-of-another" }));
    await expectLive(other, 2);
    await expect.poll(() => streamNames(hub)).toEqual(["frame", "frame", "moving", "moving"]);
    await page.close();
    await closes(() => streamNames(hub), ["frame", "moving"]);
    await expectMoving(views(other).last(), FRAME);
    await other.close();
    await expect.poll(() => isGone(hub)).toBe(true);
  });

  /** Close both views and have their cells make others. */
  async function closeViews(page: Page, notebook: Notebook): Promise<void> {
    await keepVigil(page);
    await page.getByRole("button", { name: "close" }).click();
    await expect.poll(() => streamNames(notebook.hub)).toEqual([]);
    await expect(page.locator('div.rfb-root[data-state="closed"]')).toHaveCount(2);
    await expectNoBlank(page); // the last picture stays
    await page.getByRole("button", { name: "again", exact: true }).click();
    await expectLive(page, 2);
    await expectCount(views(page).first(), FRAME, 5);
    await expectMoving(views(page).last(), FRAME);
  }

  test("when its view is closed in marimo run, and its cell makes another", async ({ page, open, sockets }) => {
    const notebook = await open("closing.py");
    await expectLive(page, 2);
    await closeViews(page, notebook);
    expect(sockets.urls).toHaveLength(4);
  });

  test("when its view is closed, its kernel restarted or its cell deleted in marimo edit", async ({
    page,
    open,
    sockets,
  }) => {
    const notebook = await open("closing.py", { mode: "edit" });
    await expectLive(page, 2);
    const editor = new Editor(page);

    await test.step("its view is closed, and its cell makes another", async () => {
      await closeViews(page, notebook);
      expect(sockets.urls).toHaveLength(4);
    });

    await test.step("its kernel is restarted, and the next one shows it anew, by its port", async () => {
      const { hub } = notebook;
      await editor.restartKernel();
      await closes(async () => ((await isGone(hub)) ? [] : ["frame", "moving"]), []);
      await expect.poll(() => notebook.hub.port).not.toBe(hub.port);
      await expectLive(page, 2);
      await expectMoving(views(page).last(), FRAME);
      for (const view of await views(page).all()) await expect(view).toHaveAttribute("data-transport", "direct");
    });

    await test.step("its cell is deleted, and no other stream is closed", async () => {
      const { hub } = notebook;
      expect(await streamNames(hub)).toEqual(["frame", "moving"]);
      await editor.delete(await editor.cell("rfb.frame("));
      await closes(() => streamNames(hub), ["moving"]);
      await expect(views(page)).toHaveCount(1);
      await expectMoving(views(page), FRAME);

      await editor.delete(await editor.cell("rfb.animate("));
      await closes(() => streamNames(hub), []);
      await expect.poll(() => isGone(hub)).toBe(true);
    });
  });
});
