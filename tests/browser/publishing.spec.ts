import { MODES } from "./support/marimo.ts";
import { expectCount, expectLive, expectMoving, views } from "./support/screen.ts";
import { expect, test } from "./support/test.ts";

const FRAME = { width: 320, height: 180 };
const SHOWN = ["served, in a cell above", "a stream, in a cell above", "a stream, in the same cell"];

// In an app the kernel is a thread beside the server's, in an editor a process of its own.
for (const mode of MODES) {
  test(`in marimo ${mode}, a loop that publishes moves all its pictures and hears clicks before it ends`, async ({
    page,
    open,
  }) => {
    await page.setViewportSize({ width: 900, height: 1000 });
    const notebook = await open("publishing.py", { mode });
    await expectLive(page, SHOWN.length);
    for (const [index, what] of SHOWN.entries())
      await test.step(what, () => expectMoving(views(page).nth(index), FRAME));
    await views(page).first().locator(".rfb-canvas").click();
    await expectMoving(views(page).first(), FRAME);
    expect(notebook.facts("steps")).toEqual([]);
    notebook.wish({ stop: true });
    await expect.poll(() => notebook.facts("clicks")).toEqual([1]);
    // The last one is always shown.
    const [last = 0] = notebook.facts<number>("steps");
    for (const view of await views(page).all()) await expectCount(view, FRAME, last % 1024);
  });
}
