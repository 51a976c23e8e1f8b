import { MODES } from "./support/marimo.ts";
import { freePort } from "./support/process.ts";
import { expectLive, expectMoving, views } from "./support/screen.ts";
import { expect, test, workersOf } from "./support/test.ts";

const FRAME = { width: 320, height: 180 };

for (const mode of MODES) {
  test(`in marimo ${mode}, widget and server that are made again and a page that is loaded again leave nothing`, async ({
    page,
    open,
    sockets,
  }) => {
    const port = await freePort();
    const notebook = await open("cells.py", { mode, query: { port: String(port) } });
    await expectLive(page);
    const expectOneOfEach = async (): Promise<void> => {
      await expectLive(page);
      await expectMoving(views(page), FRAME);
      await expect(views(page)).toHaveCount(1);
      await expect.poll(() => sockets.open).toBe(1);
      await expect.poll(() => workersOf(page)).toBe(1);
      await expect.poll(() => notebook.viewers()).toBe(1);
    };
    await test.step("making the widget ten times leaves one socket and one worker", async () => {
      for (let time = 2; time <= 11; time++) {
        await page.getByRole("button", { name: "view again" }).click();
        await expect.poll(() => notebook.facts("made").length).toBe(time);
      }
      await expectOneOfEach();
    });
    await test.step("the cell that serves on a port of its own can run again", async () => {
      for (let time = 12; time <= 14; time++) {
        await page.getByRole("button", { name: "serve again" }).click();
        await expect.poll(() => notebook.facts("made").length).toBe(time);
      }
      expect(new Set(notebook.facts("made"))).toEqual(new Set([port]));
      await expectOneOfEach();
    });
    // `marimo run` begins another session, which would ask for the same port.
    if (mode === "edit")
      await test.step("reloading the page shows the picture again and leaves no viewer behind", async () => {
        await page.reload();
        await expectLive(page);
        await expectMoving(views(page), FRAME);
        await expect.poll(() => notebook.viewers()).toBe(1);
      });
  });
}

test("the end of a session in marimo run frees the port, and no other session's", async ({
  page,
  context,
  open,
  servers,
}) => {
  const notebook = await open("cells.py");
  await expectLive(page);
  const marimo = await servers.get("run", "cells.py");
  const other = await context.newPage();
  await other.goto(marimo.url({ facts: "the-other-session" }));
  await expectLive(other);

  await page.close();
  const answers = async (): Promise<boolean> =>
    fetch(`http://127.0.0.1:${notebook.hub.port}/health`).then(
      (response) => response.ok,
      () => false,
    );
  await expect.poll(answers).toBe(false);
  await expectMoving(views(other), FRAME);
});
