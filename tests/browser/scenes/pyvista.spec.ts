import type { Page } from "@playwright/test";
import { join } from "node:path";
import { LASTING_TYPES, held, takeCensus } from "../support/census.ts";
import type { Drawn } from "../support/figure.ts";
import { Witness, expectFigure } from "../support/figure.ts";
import { MODES } from "../support/marimo.ts";
import { drag, leave } from "../support/mouse.ts";
import { BROWSER_TESTS, ROOT } from "../support/process.ts";
import { Look, boxOf, expectLive, views } from "../support/screen.ts";
import { Notebook, expect, expectOneSocket, test } from "../support/test.ts";
import { press } from "../support/tools.ts";

const TOWER = join(BROWSER_TESTS, "scenes/notebooks/tower.py");
const HOME = [2, -3, 2];

/** What `python/solids.py` tells of a scene. */
interface Told extends Drawn {
  readonly sides: number;
  readonly position: readonly number[];
  readonly dpi: number;
}

/** Turn the scene, and wait until it is shown as it is then. */
async function turn(page: Page, witness: Witness<Told>): Promise<Told> {
  const view = views(page).first();
  await drag(view, [0.4, 0.5], [0.6, 0.55]);
  await leave(page);
  const turned = await expectFigure(view, witness);
  expect(distance(turned.position, HOME)).toBeGreaterThan(1);
  return turned;
}

function distance(a: readonly number[], b: readonly number[]): number {
  return Math.hypot(...a.map((each, index) => each - (b[index] ?? 0)));
}

for (const mode of MODES) {
  test(`in marimo ${mode}, a scene is PyVista's own picture, turns, and keeps its camera in the next run`, async ({
    page,
    open,
    sockets,
  }) => {
    const notebook = await open(TOWER, { mode });
    const witness = Witness.of<Told>(notebook);
    await expectLive(page);
    const view = views(page).first();
    expect(await expectFigure(view, witness)).toMatchObject({ sides: 5, position: HOME, dpi: 72 });
    const turned = await turn(page, witness);

    const slider = page.getByRole("slider").first();
    await slider.focus();
    await slider.press("ArrowRight");
    await expect.poll(async () => (await witness.ask()).sides).toBe(6);
    await leave(page);
    // Another plotter, in the same view.
    expect(distance((await expectFigure(view, witness)).position, turned.position)).toBeLessThan(1e-6);
    expectOneSocket(sockets);

    await press(view, "Home");
    await leave(page);
    expect(distance((await expectFigure(view, witness)).position, HOME)).toBeLessThan(1e-6);

    // Another cell moves the camera, and renders nothing.
    await page.getByRole("button", { name: "from above" }).click();
    await expect.poll(async () => (await witness.ask()).position[0]).toBe(0);
    await leave(page);
    await expectFigure(view, witness);

    const { x, y, width, height } = await boxOf(view);
    await page.mouse.click(x + 0.5 * width, y + 0.5 * height);
    await page.keyboard.press("p");
    await expect.poll(() => notebook.facts<number[] | null>("place").at(-1)?.[2]).toBeCloseTo(0.5);
  });
}

test("a scene that was turned is there when the page is loaded again", async ({ page, open }) => {
  const notebook = await open(TOWER, { mode: "edit" });
  const witness = Witness.of<Told>(notebook);
  await expectLive(page);
  const { position } = await turn(page, witness);
  await page.reload();
  await expectLive(page);
  await leave(page);
  expect((await expectFigure(views(page).first(), witness)).position).toEqual(position);
});

test("two sessions turn their own scenes", async ({ page, context, open, servers }) => {
  const one = await open(TOWER);
  await expectLive(page);
  const marimo = await servers.get("run", TOWER);
  const other = await context.newPage();
  await other.goto(marimo.url({ facts: "another" }));
  await expectLive(other);
  await turn(other, Witness.of<Told>(new Notebook(marimo, "another")));
  await page.bringToFront();
  await leave(page);
  expect(await expectFigure(views(page).first(), Witness.of<Told>(one))).toMatchObject({ position: HOME });
});

test("50 more runs of its cell leave no scene behind", async ({ page, open, sockets }) => {
  test.slow();
  const notebook = await open(TOWER);
  await expectLive(page);
  const types = new RegExp(
    `${LASTING_TYPES.source}|\\.(Plotter|SceneCanvas|SceneScreen|RenderWindowInteractor)$|^vtkmodules\\..*(RenderWindow|Interactor)$`,
  );
  await notebook.runTo(5);
  const before = await takeCensus(notebook);
  await notebook.runTo(55);
  await expect
    .poll(async () => held(await takeCensus(notebook), notebook, types))
    .toEqual(held(before, notebook, types));
  const grown = (await takeCensus(notebook)).resident_kib - before.resident_kib;
  expect(grown).toBeLessThan(50_000);
  expectOneSocket(sockets);
});

test.describe("on a screen of high density", () => {
  test.use({ deviceScaleFactor: 2 });

  test("a scene has all pixels of the screen, and text as large as before", async ({ page, open }) => {
    const notebook = await open(TOWER);
    await expectLive(page);
    await leave(page);
    expect(await expectFigure(views(page).first(), Witness.of<Told>(notebook))).toMatchObject({ dpi: 144 });
  });
});

test("in JupyterLab a scene is right, and turns", async ({ page, jupyter }) => {
  jupyter.write("solids.ipynb", [
    `import marimo_rfb as rfb
from facts import Facts
from solids import build, tell
from witness import Witness
facts = Facts("solids")
witness = Witness(facts)`,
    `plotter = build(5)
witness.watch(lambda: tell(plotter, 5))
rfb.figure(plotter)`,
  ]);
  const lab = await jupyter.open(page, "solids.ipynb");
  await lab.run(0);
  await lab.run(1);
  await expectLive(page);
  const witness = new Witness<Told>(
    (ask) => jupyter.wish("solids", { ask }),
    () => jupyter.facts("solids", "told"),
  );
  await leave(page);
  expect(await expectFigure(views(page).first(), witness)).toMatchObject({ position: HOME });
  await turn(page, witness);
  await jupyter.shutDown("solids.ipynb");
});

test("in mesh.py the sea rises with the slider, and a click measures the land", async ({ page, open }) => {
  const notebook = await open(join(ROOT, "notebooks/mesh.py"));
  await expectLive(page);
  const view = views(page).first();
  const bottomOfSea = async (): Promise<string> =>
    String((await Look.at(view, { width: 900, height: 520 })).atFrame({ x: 300, y: 390 }));
  const { x, y, width, height } = await boxOf(view);
  await page.mouse.click(x + 0.5 * width, y + 0.4 * height);
  const told = page.getByText("above the sea");
  await expect(told).toBeVisible();
  const before = { color: await bottomOfSea(), text: await told.textContent() };

  const slider = page.getByRole("slider").first();
  await slider.focus();
  await slider.press("Home");
  await leave(page);
  await expect(told).not.toHaveText(before.text ?? "");
  await expect.poll(bottomOfSea).not.toBe(before.color);
  expect(notebook.marimo.program.output).not.toMatch(/Traceback|Error/);
});
