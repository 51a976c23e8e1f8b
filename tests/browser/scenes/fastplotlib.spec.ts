import { join } from "node:path";
import { LASTING_TYPES, held, takeCensus } from "../support/census.ts";
import type { Drawn } from "../support/figure.ts";
import { Witness, expectFigure } from "../support/figure.ts";
import { MODES } from "../support/marimo.ts";
import { drag, leave } from "../support/mouse.ts";
import { BROWSER_TESTS } from "../support/process.ts";
import { expectLive, views } from "../support/screen.ts";
import { Notebook, expect, expectOneSocket, test } from "../support/test.ts";

const NOTEBOOK = join(BROWSER_TESTS, "scenes/notebooks/panning.py");

/** What `python/images.py` tells of a figure. */
interface Image extends Drawn {
  readonly camera: readonly number[];
  readonly number: number;
}

for (const mode of MODES) {
  test(`in marimo ${mode}, a figure is what fastplotlib draws off screen, and a drag pans it`, async ({
    page,
    open,
  }) => {
    const notebook = await open(NOTEBOOK, { mode });
    const witness = Witness.of<Image>(notebook);
    await expectLive(page);
    const view = views(page).first();
    await leave(page);
    const { camera } = await expectFigure(view, witness);

    await drag(view, [0.5, 0.5], [0.7, 0.4]);
    await leave(page);
    await expect.poll(async () => (await witness.ask()).camera).not.toEqual(camera);
    const panned = await expectFigure(view, witness);

    if (mode === "edit") {
      await page.reload();
      await expectLive(page);
      await leave(page);
      expect((await expectFigure(view, witness)).camera).toEqual(panned.camera);
    }
    const slider = page.getByRole("slider").first();
    await slider.focus();
    await slider.press("ArrowRight");
    await leave(page);
    // Another figure, in the same view.
    await expect.poll(async () => (await witness.ask()).number).toBe(4);
    expect((await expectFigure(view, witness)).camera).toEqual(camera);
  });
}

test("two sessions pan their own figures of fastplotlib", async ({ page, context, open, servers }) => {
  const witness = Witness.of<Image>(await open(NOTEBOOK));
  await expectLive(page);
  const { camera } = await witness.ask();
  const marimo = await servers.get("run", NOTEBOOK);
  const other = await context.newPage();
  await other.goto(marimo.url({ facts: "another" }));
  const another = Witness.of<Image>(new Notebook(marimo, "another"));
  await expectLive(other);
  await drag(views(other).first(), [0.5, 0.5], [0.7, 0.5]);
  await leave(other);
  await expect.poll(async () => (await another.ask()).camera).not.toEqual(camera);
  await expectFigure(views(other).first(), another);
  await page.bringToFront();
  await leave(page);
  expect((await expectFigure(views(page).first(), witness)).camera).toEqual(camera);
});

test("50 more runs of its cell leave no view of fastplotlib behind", async ({ page, open, sockets }) => {
  test.slow();
  const notebook = await open(NOTEBOOK);
  await expectLive(page);
  // fastplotlib 0.7 itself keeps all figures with an image, also those of other canvases that are closed and cleared.
  const types = new RegExp(`${LASTING_TYPES.source}|(CanvasScreen|SessionLoop)$`);
  await notebook.runTo(5);
  const before = held(await takeCensus(notebook), notebook, types);
  await notebook.runTo(55);
  await expect.poll(async () => held(await takeCensus(notebook), notebook, types)).toEqual(before);
  expectOneSocket(sockets);
});

test("in JupyterLab a figure of fastplotlib is right, and a drag pans it", async ({ page, jupyter }) => {
  jupyter.write("panning.ipynb", [
    `import marimo_rfb as rfb
rfb.use_rendercanvas()
from facts import Facts
from images import Image
from witness import Witness
witness = Witness(Facts("panning"))`,
    `image = Image(3)
witness.watch(image.tell)
image.figure.show()`,
  ]);
  const lab = await jupyter.open(page, "panning.ipynb");
  await lab.run(0);
  await lab.run(1);
  await expectLive(page);
  const witness = new Witness<Image>(
    (ask) => jupyter.wish("panning", { ask }),
    () => jupyter.facts("panning", "told"),
  );
  const view = views(page).first();
  await leave(page);
  const { camera } = await expectFigure(view, witness);
  await drag(view, [0.5, 0.5], [0.7, 0.5]);
  await leave(page);
  await expect.poll(async () => (await witness.ask()).camera).not.toEqual(camera);
  await expectFigure(view, witness);
  await jupyter.shutDown("panning.ipynb");
});
