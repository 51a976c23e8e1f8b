import { join } from "node:path";
import { LASTING_TYPES, held, takeCensus } from "../support/census.ts";
import { Witness, expectFigure } from "../support/figure.ts";
import type { Drawn } from "../support/figure.ts";
import { MODES } from "../support/marimo.ts";
import { drag, leave } from "../support/mouse.ts";
import { BROWSER_TESTS } from "../support/process.ts";
import { boxOf, expectLive, views } from "../support/screen.ts";
import { Notebook, expect, expectOneSocket, test } from "../support/test.ts";

const NOTEBOOK = join(BROWSER_TESTS, "scenes/notebooks/turning.py");

/** What `python/cubes.py` tells of a cube. */
interface Cube extends Drawn {
  readonly camera: readonly number[];
  readonly color: string;
  /** In device pixels. */
  readonly size: readonly [number, number];
  readonly ratio: number;
}

const HOME = { camera: [0, 0, 5], color: "#ff8800" };

for (const mode of MODES) {
  test(`in marimo ${mode}, a scene is what pygfx draws off screen, and a drag turns it`, async ({
    page,
    open,
    sockets,
  }) => {
    const notebook = await open(NOTEBOOK, { mode });
    const witness = Witness.of<Cube>(notebook);
    await expectLive(page);
    const view = views(page).first();
    await leave(page);
    expect(await expectFigure(view, witness)).toMatchObject({ ...HOME, size: [240, 180], ratio: 1 });

    await drag(view, [0.5, 0.5], [0.7, 0.4]);
    await leave(page);
    await expect.poll(async () => (await witness.ask()).camera).not.toEqual(HOME.camera);
    const turned = await expectFigure(view, witness);

    if (mode === "edit") {
      await page.reload();
      await expectLive(page);
      await leave(page);
      // The kernel has kept the scene.
      expect((await expectFigure(views(page).first(), witness)).camera).toEqual(turned.camera);
    }
    const { x, y, width, height } = await boxOf(view);
    await page.mouse.dblclick(x + 0.25 * width, y + 0.5 * height);
    const picked = (): number[] => notebook.facts<number[] | null>("picked").at(-1) ?? [0, 0];
    await expect.poll(() => Math.hypot((picked()[0] ?? 0) - 60, (picked()[1] ?? 0) - 90)).toBeLessThan(2);
    await page.locator("select").first().selectOption("#33cc66");
    await leave(page);
    // Another canvas, in the same view.
    await expect.poll(async () => (await witness.ask()).color).toBe("#33cc66");
    expect(await expectFigure(view, witness)).toMatchObject({ ...HOME, color: "#33cc66" });
    if (mode === "run") expectOneSocket(sockets);
  });
}

test("two sessions turn their own scenes", async ({ page, context, open, servers }) => {
  const witness = Witness.of<Cube>(await open(NOTEBOOK));
  await expectLive(page);
  const marimo = await servers.get("run", NOTEBOOK);
  const other = await context.newPage();
  await other.goto(marimo.url({ facts: "another" }));
  const another = Witness.of<Cube>(new Notebook(marimo, "another"));
  await expectLive(other);
  await drag(views(other).first(), [0.5, 0.5], [0.7, 0.5]);
  await leave(other);
  await expect.poll(async () => (await another.ask()).camera).not.toEqual(HOME.camera);
  await expectFigure(views(other).first(), another);
  await other.close();
  await page.bringToFront();
  await leave(page);
  expect(await expectFigure(views(page).first(), witness)).toMatchObject(HOME);
  // The loop of the session that has ended was its own.
  await drag(views(page).first(), [0.5, 0.5], [0.7, 0.5]);
  await leave(page);
  await expect.poll(async () => (await witness.ask()).camera).not.toEqual(HOME.camera);
  await expectFigure(views(page).first(), witness);
});

test("50 more runs of its cell leave no canvas behind", async ({ page, open, sockets }) => {
  test.slow();
  const notebook = await open(NOTEBOOK);
  await expectLive(page);
  const types = new RegExp(`${LASTING_TYPES.source}|^pygfx\\..*Renderer$|(Canvas|CanvasScreen|SessionLoop|Scheduler)$`);
  await notebook.runTo(5);
  // The task of a canvas that was collected ends a moment later.
  await expect.poll(async () => (await takeCensus(notebook)).objects["rendercanvas.core.scheduler.Scheduler"]).toBe(1);
  const before = held(await takeCensus(notebook), notebook, types);
  await notebook.runTo(55);
  await expect.poll(async () => held(await takeCensus(notebook), notebook, types)).toEqual(before);
  expectOneSocket(sockets);
});

test.describe("on a screen of high density, in a narrow window", () => {
  test.use({ deviceScaleFactor: 2, viewport: { width: 220, height: 500 } });

  test("a scene has the size of its view and all pixels of the screen", async ({ page, open }) => {
    const notebook = await open(NOTEBOOK);
    await expectLive(page);
    await leave(page);
    const told = await expectFigure(views(page).first(), Witness.of<Cube>(notebook));
    expect(told.ratio).toBe(2);
    expect(told.size[0]).toBeLessThan(440);
  });
});

test("in JupyterLab a scene is right, and a drag turns it", async ({ page, jupyter }) => {
  jupyter.write("turning.ipynb", [
    `import marimo_rfb as rfb
rfb.use_rendercanvas()
from cubes import Cube
from facts import Facts
from rendercanvas.auto import RenderCanvas, loop
from witness import Witness
witness = Witness(Facts("turning"))`,
    `canvas = RenderCanvas(size=(240, 180))
cube = Cube(canvas, "#ff8800")
witness.watch(cube.tell)
loop.run()`,
  ]);
  const lab = await jupyter.open(page, "turning.ipynb");
  await lab.run(0);
  await lab.run(1);
  await expectLive(page);
  const witness = new Witness<Cube>(
    (ask) => jupyter.wish("turning", { ask }),
    () => jupyter.facts("turning", "told"),
  );
  const view = views(page).first();
  await leave(page);
  expect(await expectFigure(view, witness)).toMatchObject(HOME);
  await drag(view, [0.5, 0.5], [0.7, 0.5]);
  await leave(page);
  await expect.poll(async () => (await witness.ask()).camera).not.toEqual(HOME.camera);
  await expectFigure(view, witness);
  await jupyter.shutDown("turning.ipynb");
});
