import type { Locator } from "@playwright/test";
import { join } from "node:path";
import { LASTING_TYPES, held, takeCensus } from "../support/census.ts";
import type { Drawn } from "../support/figure.ts";
import { Witness, expectFigure } from "../support/figure.ts";
import { MODES } from "../support/marimo.ts";
import { drag, leave } from "../support/mouse.ts";
import { BROWSER_TESTS, ROOT } from "../support/process.ts";
import { Look, boxOf, expectLive, views } from "../support/screen.ts";
import { Notebook, expect, expectOneSocket, test } from "../support/test.ts";

const BOX = join(BROWSER_TESTS, "scenes/notebooks/box.py");
const CANVASES = join(BROWSER_TESTS, "scenes/notebooks/canvases.py");
const FIRST = { number: 3, azimuth: 30, elevation: 30 };

/** What `python/boxes.py` tells of a canvas. */
interface Told extends Drawn {
  readonly number: number;
  readonly azimuth: number;
  readonly elevation: number;
  readonly size: readonly [number, number];
  readonly pixel_scale: number;
}

for (const mode of MODES) {
  test(`in marimo ${mode}, a canvas is vispy's own picture, and a drag turns it`, async ({ page, open, sockets }) => {
    const notebook = await open(BOX, { mode });
    const witness = Witness.of<Told>(notebook);
    await expectLive(page);
    const view = views(page).first();
    await leave(page);
    expect(await expectFigure(view, witness)).toMatchObject({ ...FIRST, size: [320, 240], pixel_scale: 1 });

    await drag(view, [0.5, 0.5], [0.7, 0.4]);
    await leave(page);
    const turned = await expectFigure(view, witness);
    expect(Math.abs(turned.azimuth - FIRST.azimuth)).toBeGreaterThan(10);
    expect(Math.abs(turned.elevation - FIRST.elevation)).toBeGreaterThan(5);
    if (mode === "edit") {
      await page.reload();
      await expectLive(page);
      await leave(page);
      expect(await expectFigure(view, witness)).toMatchObject({ azimuth: turned.azimuth, number: 3 });
    }

    const slider = page.getByRole("slider").first();
    await slider.focus();
    await slider.press("ArrowRight");
    await expect.poll(async () => (await witness.ask()).number).toBe(4);
    await leave(page);
    // Another canvas in the same view.
    expect(await expectFigure(view, witness)).toMatchObject({ ...FIRST, number: 4 });
    await drag(view, [0.5, 0.5], [0.6, 0.5]);
    await leave(page);
    expect((await expectFigure(view, witness)).azimuth).not.toBe(FIRST.azimuth);
    if (mode === "run") expectOneSocket(sockets);
  });
}

test("two sessions turn their own canvases at a time, and 50 more runs leave nothing behind", async ({
  page,
  context,
  open,
  servers,
}) => {
  test.slow();
  const one = await open(BOX);
  await expectLive(page);
  const marimo = await servers.get("run", BOX);
  const other = await context.newPage();
  await other.goto(marimo.url({ facts: "another" }));
  const another = new Notebook(marimo, "another");
  await expectLive(other);
  const runs = one.runTo(20); // while the other one is turned
  await drag(views(other).first(), [0.5, 0.5], [0.7, 0.5]);
  await leave(other);
  const turned = await expectFigure(views(other).first(), Witness.of<Told>(another));
  expect(Math.abs(turned.azimuth - FIRST.azimuth)).toBeGreaterThan(10);
  await runs;
  await page.bringToFront();
  await leave(page);
  expect(await expectFigure(views(page).first(), Witness.of<Told>(one))).toMatchObject(FIRST);

  const types = new RegExp(
    `${LASTING_TYPES.source}|^marimo_rfb\\.figures\\..*|^vispy\\..*\\.(SceneCanvas|Node|GLContext|Program|ViewBox)$`,
  );
  const before = held(await takeCensus(one), one, types);
  expect(JSON.stringify(before)).toContain("marimo_rfb.figures.vispy.egl.EglContext");
  await one.runTo(70);
  await expect.poll(async () => held(await takeCensus(one), one, types)).toEqual(before);
});

test.describe("on a screen of high density", () => {
  test.use({ deviceScaleFactor: 2, viewport: { width: 300, height: 700 } });

  test("a canvas has all pixels of the screen, and is as wide as its cell", async ({ page, open }) => {
    const notebook = await open(BOX);
    await expectLive(page);
    await leave(page);
    const told = await expectFigure(views(page).first(), Witness.of<Told>(notebook));
    expect(told.pixel_scale).toBeCloseTo(2, 1);
    expect(told.size[0]).toBeLessThan(300);
  });
});

test("canvases show themselves, timers run, keys set a state, and an error is shown", async ({ page, open }) => {
  const notebook = await open(CANVASES);
  await expectLive(page, 3);
  const [last, shown, made] = [views(page).nth(0), views(page).nth(1), views(page).nth(2)];
  const color = async (view: Locator): Promise<string> =>
    String((await Look.at(view, { width: 320, height: 240 })).atFrame({ x: 300, y: 220 }));
  for (const each of ["0,255,0", "0,0,255", "0,255,0"]) await expect.poll(() => color(shown)).toBe(each);
  await expect.poll(() => color(made)).toBe("255,255,255");

  await last.scrollIntoViewIfNeeded();
  const box = await boxOf(last);
  await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
  for (const key of ["a", "Shift+B", "ArrowLeft", "Escape"]) await page.keyboard.press(key);
  await expect.poll(() => notebook.facts("keys").at(-1)).toEqual(["A:a", "Shift:", "B:B", "Left:"]);

  await made.scrollIntoViewIfNeeded();
  const { x, y } = await boxOf(made);
  await page.mouse.dblclick(x + 100, y + 100);
  await expect(made).toContainText("no such box");
});

test("in point_cloud.py a drag turns the galaxy, a cell reads its tilt, and a slider moves the stars", async ({
  page,
  open,
}) => {
  const notebook = await open(join(ROOT, "notebooks/point_cloud.py"));
  await expectLive(page);
  const view = views(page).first();
  const frame = { width: 900, height: 480 };
  const stars = async (): Promise<number[]> => {
    await leave(page);
    const look = await Look.at(view, frame);
    const found: number[] = [];
    for (let y = 0; y < frame.height; y += 3)
      for (let x = 0; x < frame.width; x += 3)
        if (Math.max(...(look.atFrame({ x, y }) ?? [0])) > 120) found.push(y * frame.width + x);
    return found;
  };
  const heightOf = (found: readonly number[]): number => {
    const rows = found.map((place) => Math.floor(place / frame.width)).toSorted((one, other) => one - other);
    return (rows.at(-Math.ceil(rows.length / 20)) ?? 0) - (rows.at(Math.floor(rows.length / 20)) ?? 0);
  };
  await expect(page.getByText("Seen 35° above its disc")).toBeVisible();
  await expect.poll(async () => heightOf(await stars())).toBeGreaterThan(150);
  await drag(view, [0.5, 0.6], [0.5, 0.45]);
  await expect(page.getByText(/Seen \d° above its disc/)).toBeVisible();
  await expect.poll(async () => heightOf(await stars())).toBeLessThan(100);
  const before = await stars();
  const winding = page.getByRole("slider").nth(1);
  await winding.focus();
  await winding.press("Home");
  await expect
    .poll(async () => {
      const now = new Set(await stars());
      return before.filter((place) => now.has(place)).length / before.length;
    })
    .toBeLessThan(0.8);
  expect(notebook.marimo.program.output).not.toMatch(/Traceback|Error/);
});

test("in JupyterLab a canvas shows itself, is right, and a drag turns it", async ({ page, jupyter }) => {
  jupyter.write("box.ipynb", [
    `import marimo_rfb as rfb
from boxes import make_canvas, told
from facts import Facts
from witness import Witness
rfb.use_vispy()
facts = Facts("box")
witness = Witness(facts)`,
    `canvas = make_canvas(3)
witness.watch(lambda: told(canvas, 3))
canvas`,
    "canvas.show()",
  ]);
  const lab = await jupyter.open(page, "box.ipynb");
  await lab.run(0);
  await lab.run(1);
  await expectLive(page);
  const witness = new Witness<Told>(
    (ask) => jupyter.wish("box", { ask }),
    () => jupyter.facts("box", "told"),
  );
  const view = views(page).first();
  await leave(page);
  expect(await expectFigure(view, witness)).toMatchObject(FIRST);
  await drag(view, [0.5, 0.5], [0.7, 0.4]);
  await leave(page);
  expect((await expectFigure(view, witness)).azimuth).not.toBe(FIRST.azimuth);
  await lab.run(2);
  await expectLive(page, 2);
  await leave(page);
  await expectFigure(views(page).nth(1), witness);
  await jupyter.shutDown("box.ipynb");
});
