import { LASTING_TYPES, held, takeCensus } from "./support/census.ts";
import { Witness, expectFigure } from "./support/figure.ts";
import type { Told } from "./support/figure.ts";
import { MODES } from "./support/marimo.ts";
import { drag, leave } from "./support/mouse.ts";
import { Look, boxOf, expectLive, views } from "./support/screen.ts";
import { Notebook, expect, expectOneSocket, test } from "./support/test.ts";
import { press } from "./support/tools.ts";

const HOME = { xlim: [0, 10], ylim: [-1.2, 1.2] };

for (const mode of MODES) {
  test(`in marimo ${mode}, a figure is matplotlib's own picture, and a drag pans it`, async ({
    page,
    open,
    sockets,
  }) => {
    const notebook = await open("figures.py", { mode });
    const witness = Witness.of(notebook);
    await expectLive(page);
    const view = views(page).first();
    expect(await expectFigure(view, witness)).toMatchObject({ ...HOME, number: 3 });

    await press(view, "Pan");
    await drag(view, [0.5, 0.5], [0.7, 0.4]);
    await leave(page);
    const panned = await expectFigure(view, witness);
    expect(panned.xlim[0]).toBeLessThan(-1);
    expect(panned.ylim[0]).toBeLessThan(-1.3);

    const slider = page.getByRole("slider").first();
    await slider.focus();
    await slider.press("ArrowRight");
    await expect.poll(async () => (await witness.ask()).number).toBe(4);
    await leave(page);
    // Another figure, in the same view, with the limits that the person chose and the same tool.
    expect(await expectFigure(view, witness)).toMatchObject({ number: 4, xlim: panned.xlim, ylim: panned.ylim });
    expectOneSocket(sockets);
    await drag(view, [0.5, 0.5], [0.4, 0.5]);
    await leave(page);
    expect((await expectFigure(view, witness)).xlim[0]).toBeGreaterThan(panned.xlim[0]);

    await press(view, "Home");
    await leave(page);
    expect(await expectFigure(view, witness)).toMatchObject(HOME);
  });
}

test("a figure that was panned is there when the page is loaded again", async ({ page, open }) => {
  const notebook = await open("figures.py", { mode: "edit" });
  const witness = Witness.of(notebook);
  await expectLive(page);
  await leave(page);
  await expectFigure(views(page).first(), witness);
  await press(views(page).first(), "Pan");
  await drag(views(page).first(), [0.5, 0.5], [0.7, 0.5]);
  // Where the last move of the drag leads, and none before it.
  await expect.poll(async () => (await witness.ask()).xlim[0]).toBeLessThan(-2.3);
  const { xlim } = await witness.ask();
  await page.reload();
  await expectLive(page);
  await leave(page);
  expect((await expectFigure(views(page).first(), witness)).xlim).toEqual(xlim);
});

test("two sessions pan their own figures", async ({ page, context, open, servers }) => {
  const one = await open("figures.py");
  await expectLive(page);
  const marimo = await servers.get("run", "figures.py");
  const other = await context.newPage();
  await other.goto(marimo.url({ facts: "another" }));
  const another = Witness.of(new Notebook(marimo, "another"));
  await expectLive(other);
  await press(views(other).first(), "Pan");
  await drag(views(other).first(), [0.5, 0.5], [0.7, 0.5]);
  await leave(other);
  expect((await expectFigure(views(other).first(), another)).xlim[0]).toBeLessThan(-1);
  await page.bringToFront();
  expect(await expectFigure(views(page).first(), Witness.of(one))).toMatchObject(HOME);
});

test("50 more runs of its cell leave no figure behind", async ({ page, open, sockets }) => {
  test.slow();
  const notebook = await open("figures.py");
  await expectLive(page);
  const types = new RegExp(
    `${LASTING_TYPES.source}|^matplotlib\\..*\\.(Figure|Axes)$|\\.Figure(Canvas|Screen|Manager)$`,
  );
  await notebook.runTo(5);
  const before = held(await takeCensus(notebook), notebook, types);
  await notebook.runTo(55);
  await expect.poll(async () => held(await takeCensus(notebook), notebook, types)).toEqual(before);
  expectOneSocket(sockets);
});

test("a rectangle that is dragged is shown by the page, and is where the figure zooms to", async ({ page, open }) => {
  const notebook = await open("figures.py");
  const witness = Witness.of(notebook);
  await expectLive(page);
  const view = views(page).first();
  await press(view, "Zoom to rectangle");
  const { x, y, width, height } = await boxOf(view);
  await page.mouse.move(x + 0.4 * width, y + 0.4 * height);
  await page.mouse.down();
  await page.mouse.move(x + 0.6 * width, y + 0.6 * height, { steps: 5 });
  const band = view.locator(".rfb-rubber-band");
  await expect(band).toBeVisible();
  await expect.poll(async () => Math.abs((await boxOf(band)).width - 0.2 * width)).toBeLessThan(4);
  expect(Math.abs((await boxOf(band)).x - (x + 0.4 * width))).toBeLessThan(3);
  await page.mouse.up();
  await expect(band).toBeHidden();
  await leave(page);
  const { xlim } = await expectFigure(view, witness);
  expect(xlim[1] - xlim[0]).toBeLessThan(3);
});

test("the place under the pointer is told in data", async ({ page, open }) => {
  await open("figures.py");
  await expectLive(page);
  const view = views(page).first();
  const { x, y, width, height } = await boxOf(view);
  await page.mouse.move(x + 0.5 * width, y + 0.5 * height);
  const text = view.locator(".rfb-readout");
  await expect(text).toHaveText(/\(x, y\) = \(\d/);
  await leave(page);
  await expect(text).toBeHidden();
});

test("a figure is saved as matplotlib saves it", async ({ page, open }) => {
  await open("figures.py");
  await expectLive(page);
  const download = page.waitForEvent("download");
  await press(views(page).first(), "Save the figure");
  const saved = await download;
  expect(saved.suggestedFilename()).toBe("Figure_1.png");
});

test.describe("on a screen of high density", () => {
  test.use({ deviceScaleFactor: 2 });

  test("a figure has all pixels of the screen, and keeps its dpi", async ({ page, open }) => {
    const notebook = await open("figures.py");
    await expectLive(page);
    await leave(page);
    const told = await expectFigure(views(page).first(), Witness.of(notebook));
    expect(told).toMatchObject({ dpi: 100, size: [4, 2.5] });
  });
});

test.describe("in a narrow window", () => {
  test.use({ viewport: { width: 400, height: 700 } });

  test("a figure is as wide as its cell", async ({ page, open }) => {
    const notebook = await open("figures.py");
    await expectLive(page);
    await leave(page);
    const { size } = await expectFigure(views(page).first(), Witness.of(notebook));
    expect(size[0]).toBeLessThan(4);
  });
});

test("what is picked sets a state, an animation moves, a widget slides and a 3-D plot turns", async ({
  page,
  open,
}) => {
  const notebook = await open("drawings.py");
  await expectLive(page, 3);
  const [points, moving, deep] = [views(page).nth(0), views(page).nth(1), views(page).nth(2)];
  const box = await boxOf(points);
  await page.mouse.click(box.x + 0.75 * box.width, box.y + 0.25 * box.height);
  await expect.poll(() => notebook.facts("picked")).toEqual([null, 2]);

  const color = async (): Promise<string> =>
    String((await Look.at(moving, { width: 300, height: 200 })).atFrame({ x: 150, y: 120 }));
  const [green, purple] = ["44,160,44", "148,103,189"];
  for (const each of [green, purple, green]) await expect.poll(color).toBe(each);

  await drag(deep, [0.5, 0.4], [0.7, 0.3]);
  const angles = (): number[] => notebook.facts<number[]>("angles").at(-1) ?? [];
  await expect.poll(() => Math.abs((angles()[1] ?? -60) + 60)).toBeGreaterThan(10);
  await drag(deep, [0.3, 0.95], [0.6, 0.95]);
  await expect.poll(() => notebook.facts<number>("knob").at(-1) ?? 0).toBeGreaterThan(0.4);
});

test("in JupyterLab a figure is right, a drag pans it, and pyplot shows one", async ({ page, jupyter }) => {
  jupyter.write("figures.ipynb", [
    `import marimo_rfb as rfb, matplotlib
from facts import Facts
from waves import draw, tell
from witness import Witness
matplotlib.use("rfb")
import matplotlib.pyplot as plt
facts = Facts("figures")
witness = Witness(facts)`,
    `figure = plt.figure(figsize=(4, 2.5), layout="constrained")
draw(figure, 3)
plt.show()
witness.watch(lambda: tell(figure, 3))`,
  ]);
  const lab = await jupyter.open(page, "figures.ipynb");
  await lab.run(0);
  await lab.run(1);
  await expectLive(page);
  const witness = new Witness<Told>(
    (ask) => jupyter.wish("figures", { ask }),
    () => jupyter.facts("figures", "told"),
  );
  const view = views(page).first();
  await leave(page);
  expect(await expectFigure(view, witness)).toMatchObject(HOME);
  await press(view, "Pan");
  await drag(view, [0.5, 0.5], [0.7, 0.5]);
  await leave(page);
  expect((await expectFigure(view, witness)).xlim[0]).toBeLessThan(-1);
  await jupyter.shutDown("figures.ipynb");
});
