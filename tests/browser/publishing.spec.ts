import { MODES } from "./support/marimo.ts";
import { expectCount, expectLive, expectMoving, views } from "./support/screen.ts";
import { expect, test } from "./support/test.ts";

const FRAME = { width: 320, height: 180 };

for (const mode of MODES) {
  for (const where of ["in the same cell", "in a cell above"]) {
    test(`in marimo ${mode}, a loop that publishes moves the picture ${where} before it ends`, async ({
      page,
      open,
    }) => {
      const query = where.endsWith("above") ? { above: "yes" } : {};
      const notebook = await open("publishing.py", { mode, query });
      await expectLive(page);
      await expectMoving(views(page), FRAME);
      expect(notebook.facts("steps")).toEqual([]);
      notebook.wish({ stop: true });
      await expect.poll(() => notebook.facts("steps")).toHaveLength(1);
      // The last one is always shown.
      await expectCount(views(page), FRAME, (notebook.facts<number>("steps")[0] ?? 0) % 1024);
    });
  }
}
