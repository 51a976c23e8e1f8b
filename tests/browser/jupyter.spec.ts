import type { Locator, Page } from "@playwright/test";
import { join } from "node:path";
import type { CardEvent } from "./support/card_server.ts";
import { counterCells, quadrants } from "./support/card.ts";
import { isGone } from "./support/hub.ts";
import { FRONTS, Jupyter, StreamSockets } from "./support/jupyter.ts";
import type { HubFact } from "./support/marimo.ts";
import { Pixels } from "./support/png.ts";
import { ROOT } from "./support/process.ts";
import {
  Look,
  boxOf,
  expectCard,
  expectCount,
  expectLive,
  expectMoving,
  isClose,
  placeOf,
  placed,
  views,
} from "./support/screen.ts";
import { expect, test, workersOf } from "./support/test.ts";

const FRAME = { width: 320, height: 180 };
// What a moving picture may be off by, as a JPEG.
const MOVING = { tolerance: 12 };

/** Serves the test card, and tells the test what happens under `name`. */
const serve = (name: string): string => `
import itertools
import marimo_rfb as rfb
from card import card
from facts import Facts
facts = Facts("${name}")
display = await rfb.serve(320, 180, port=0)
facts.hub(display.server)
facts.events(display)
frames = itertools.count()
task = rfb.publish_loop(display, lambda: card(320, 180, next(frames) % 1024), fps=10)`;

/** What is wrong with the card's colours in a still on screen. */
async function faultsOf(still: Locator): Promise<string[]> {
  await still.scrollIntoViewIfNeeded();
  const box = await boxOf(still);
  const pixels = Pixels.fromPng(await still.screenshot());
  const picture = placed("contain", { x: 0, y: 0, width: box.width, height: box.height }, FRAME);
  return quadrants(FRAME).flatMap(({ x, y, color }) => {
    const seen = pixels.at(
      picture.x + ((x + 0.5) * picture.width) / FRAME.width,
      picture.y + ((y + 0.5) * picture.height) / FRAME.height,
    );
    return isClose(seen, color, MOVING.tolerance) ? [] : [`(${x}, ${y}) is ${seen} and not ${color}`];
  });
}

/** The number in the card of a still, whether it is seen or not. */
async function countOf(still: Locator): Promise<number> {
  const lights = await still.evaluate(async (image: HTMLImageElement, cells) => {
    await image.decode();
    const canvas = new OffscreenCanvas(image.naturalWidth, image.naturalHeight);
    const context = canvas.getContext("2d");
    context?.drawImage(image, 0, 0);
    return cells.map(({ x, y }) => context?.getImageData(x, y, 1, 1).data[0] ?? 0);
  }, counterCells(FRAME));
  return lights.reduce((count, light, bit) => count + (light > 128 ? 2 ** bit : 0), 0);
}

/** Whether the canvas draws in the worker: one that was transferred is nobody else's to draw on. */
function isTransferred(page: Page): Promise<boolean> {
  return page.locator(".rfb-canvas").evaluate((canvas: HTMLCanvasElement) => {
    try {
      canvas.getContext("2d");
      return false;
    } catch (error) {
      return (error as DOMException).name === "InvalidStateError";
    }
  });
}

test("the demo in JupyterLab moves, and its water feels a click", async ({ page, jupyter }) => {
  const frame = { width: 480, height: 270 };
  jupyter.copy(join(ROOT, "notebooks/jupyter-demo.ipynb"));
  const lab = await jupyter.open(page, "jupyter-demo.ipynb");
  await lab.runAll();
  await expectLive(page);
  const pond = views(page);
  const colors = async (): Promise<string[]> => {
    const look = await Look.at(pond, frame);
    const points = Array.from({ length: 400 }, (_, n) => ({ x: 12 + (n % 20) * 24, y: 10 + Math.floor(n / 20) * 13 }));
    return points.map((point) => String(look.atFrame(point)));
  };
  const before = await colors();
  expect(new Set(before).size, "a mosaic has many colours").toBeGreaterThan(100);
  // More than the rain does by itself in the time of two looks.
  await expect(async () => {
    const rained = await colors();
    const place = await placeOf(pond, frame, { x: 240, y: 135 });
    await page.mouse.click(place.x, place.y);
    const splashed = await colors();
    const near = rained.map((color, n) => (color === splashed[n] ? "same" : "other"));
    const middle = near.filter((_, n) => Math.hypot((n % 20) * 24 - 228, Math.floor(n / 20) * 13 - 125) < 50);
    expect(middle.filter((each) => each === "other").length).toBeGreaterThan(5);
  }).toPass();
  await jupyter.shutDown("jupyter-demo.ipynb");
});

for (const front of FRONTS) {
  test(`a stream in ${front} is right and moves, and the last picture stays in the file`, async ({ page, jupyter }) => {
    const name = `${front}.ipynb`;
    jupyter.write(name, [serve(front), "display.widget(height=360)", "task.cancel()"]);
    const lab = await jupyter.open(page, name, { front });
    const view = views(page);
    await lab.run(0);
    await lab.run(1);
    await expectCard(view, FRAME, MOVING);
    await expectMoving(view, FRAME);
    expect(await isTransferred(page)).toBe(true);
    await expect(view).toHaveAttribute("data-transport", "direct");
    const still = page.locator("img[data-rfb-still]");
    await expect(still).toHaveCount(1);
    await expect(still).toBeHidden();

    const place = await placeOf(view, FRAME, { x: 100, y: 50 });
    await page.mouse.click(place.x, place.y);
    const presses = (): CardEvent[] =>
      jupyter.facts<CardEvent>(front, "events").filter(({ type }) => type === "pointer_down");
    await expect.poll(presses).toHaveLength(1);
    expect(Math.abs((presses()[0]?.x ?? 0) - 100.5)).toBeLessThan(1);

    await lab.save();
    await lab.load(() => page.reload());
    await expectMoving(view, FRAME);
    await lab.run(1); // a page that was loaded again is told nothing of outputs that are older
    await lab.run(2);
    await expect.poll(() => countOf(still)).toBe((await Look.at(view, FRAME)).count());
    const last = await countOf(still);
    await expectCount(view, FRAME, last);
    await lab.save();

    const [hub] = jupyter.facts<HubFact>(front, "hub");
    if (hub === undefined) throw new Error("no hub");
    await jupyter.shutDown(name);
    await expect.poll(() => isGone(hub)).toBe(true);
    await page.close();

    const later = await page.context().newPage();
    await jupyter.open(later, name, { front });
    const left = later.locator("img[data-rfb-still]");
    // Jupyter looks for the widget for some seconds, and what it says then is not seen.
    await expect(later.getByText("model not found")).toHaveCount(1);
    await expect(later.getByText("model not found")).toBeHidden();
    await expect(left).toBeVisible();
    expect(await faultsOf(left)).toEqual([]);
    expect(await countOf(left)).toBe(last);
    expect(jupyter.program.output).not.toContain("/marimo_rfb/");
  });
}

test("a notebook that is saved with its widgets has not the token of a stream", async ({ page }) => {
  const jupyter = await Jupyter.start({ savesWidgets: true });
  const chosen = "a token that somebody chose";
  try {
    const shown = ["widget = display.widget(height=200)", "widget"].join("\n");
    jupyter.write("saved.ipynb", [
      ...["import marimo_rfb as rfb, os", "from card import card"],
      `display = await rfb.serve(320, 180, token=" ".join("${chosen.replaceAll(" ", "_")}".split("_")))`,
      "display.publish(card(320, 180, 5))",
      shown,
    ]);
    const lab = await jupyter.open(page, "saved.ipynb");
    for (let cell = 0; cell < 5; cell++) await lab.run(cell);
    await expectCount(views(page), FRAME, 5);
    await lab.save();
    interface Saved {
      readonly metadata: {
        readonly widgets?: { readonly [mime: string]: { readonly state: Readonly<Record<string, { state: object }>> } };
      };
    }
    const text = jupyter.read("saved.ipynb");
    const { metadata } = JSON.parse(text) as Saved;
    const states = Object.values(metadata.widgets ?? {}).flatMap(({ state }) => Object.values(state));
    const [ours] = states.filter(({ state }) => "has_token" in state);
    expect(ours?.state).toMatchObject({ has_token: true, stream: "default" });
    expect(text).not.toContain(chosen);
  } finally {
    await jupyter.stop();
  }
});

test("cells that run again pile nothing up, and a kernel that is restarted brings the pictures back", async ({
  page,
  jupyter,
}) => {
  const still = "from card import card\nview = rfb.frame(card(320, 180, 5), height=200)\nview";
  jupyter.write("again.ipynb", [serve("again"), "display.widget(height=200)", still]);
  const [streams, frames] = [new StreamSockets(page, "default"), new StreamSockets(page, "frame")];
  const lab = await jupyter.open(page, "again.ipynb");
  const [widget, frame] = [views(page).nth(0), views(page).nth(1)];
  await lab.run(0);
  for (let times = 0; times < 4; times++) {
    await lab.run(1);
    await lab.run(2);
  }
  await expectLive(page, 2);
  await expectMoving(widget, FRAME);
  await expectCard(frame, FRAME, MOVING);
  expect(frames.opened).toBe(1);
  // Of a widget that is shown no more the page lets go some seconds later.
  await expect.poll(() => streams.open).toBe(1);
  await expect.poll(() => workersOf(page)).toBe(2);

  await lab.restartAndRunAll();
  const hubs = (): HubFact[] => jupyter.facts<HubFact>("again", "hub");
  await expect.poll(() => hubs().length).toBe(2);
  const [before] = hubs();
  if (before === undefined) throw new Error("no hub");
  await expect.poll(() => isGone(before)).toBe(true);
  await expectLive(page, 2);
  await expectMoving(widget, FRAME);
  await expectCount(frame, FRAME, 5);
  await expect.poll(() => [streams.open, frames.open]).toEqual([1, 1]);
  await jupyter.shutDown("again.ipynb");
  expect(jupyter.program.output).not.toContain("/marimo_rfb/");
});

test("a click calls a callback once, by the kernel's main thread, and a cell that runs again exchanges it", async ({
  page,
  jupyter,
}) => {
  const facts =
    'import marimo_rfb as rfb, threading\nfrom card import card\nfrom facts import Facts\nfacts = Facts("clicks")';
  const clickable = `
run = globals().get("run", 0) + 1
view = rfb.frame(card(320, 180, run), height=200)
def clicked(event, run=run):
    facts.note("clicks", [run, threading.current_thread() is threading.main_thread(), round(event["x"] / 10) * 10])
    if event["x"] < 100:
        raise ValueError("too far to the left")
view.on_click(clicked)
view`;
  jupyter.write("clicks.ipynb", [facts, clickable]);
  const lab = await jupyter.open(page, "clicks.ipynb");
  const view = views(page);
  const banner = view.locator(".rfb-banner");
  const expected: [run: number, isMainThread: boolean, x: number][] = [];
  const click = async (run: number, x: number): Promise<void> => {
    const place = await placeOf(view, FRAME, { x, y: 90 });
    await page.mouse.click(place.x, place.y);
    expected.push([run, true, x]);
    await expect.poll(() => jupyter.facts("clicks", "clicks")).toEqual(expected);
  };
  await lab.run(0);
  for (const run of [1, 2]) {
    await lab.run(1);
    await expectLive(page);
    await expectCount(view, FRAME, run);
    await click(run, 200);
    await expect(banner).toBeHidden();
    await click(run, 50);
    await expect(banner).toContainText(/ValueError: too far to the left\s+clicked, line 6: raise ValueError/);
    await click(run, 250);
    await expect(banner).toBeHidden();
  }
  await jupyter.shutDown("clicks.ipynb");
});

test("frames without names in one cell are told apart by their order, and stay when it runs again", async ({
  page,
  jupyter,
}) => {
  const facts =
    'import marimo_rfb as rfb, ipywidgets\nfrom card import card\nfrom facts import Facts\nfacts = Facts("two")';
  const two = (from: string): string => `
${from} = globals().get("${from}", 0) + 10
a, b = rfb.frame(card(320, 180, ${from} + 1), height=180), rfb.frame(card(320, 180, ${from} + 2), height=180)
facts.note("${from}", [a.stream.name, b.stream.name])
`;
  const cells = [`${two("apart")}display(a, b)`, `${two("beside")}ipywidgets.HBox([a.widget, b.widget])`];
  jupyter.write("two.ipynb", [facts, ...cells]);
  const sockets = new StreamSockets(page, "frame");
  const lab = await jupyter.open(page, "two.ipynb");
  await lab.run(0);
  for (const tens of [10, 20]) {
    await lab.run(1);
    await lab.run(2);
    await expectLive(page, 4);
    for (const cell of [1, 2]) {
      const pair = lab.cell(cell).locator(".rfb-root");
      await expect(pair).toHaveCount(2);
      await expectCount(pair.first(), FRAME, tens + 1);
      await expectCount(pair.last(), FRAME, tens + 2);
    }
  }
  expect([sockets.opened, sockets.open]).toEqual([4, 4]);
  const ofBoth = ["apart", "beside"].map((topic) => jupyter.facts<string[]>("two", topic));
  for (const [names, again] of ofBoth) expect(again).toEqual(names);
  expect(new Set(ofBoth.flat(2)).size).toBe(4);
  await jupyter.shutDown("two.ipynb");
});

test("a page of another machine is shown the stream by jupyter-server-proxy", async ({ page, jupyter }) => {
  jupyter.write("proxied.ipynb", [serve("proxied"), "display.widget(height=200)"]);
  const lab = await jupyter.open(page, "proxied.ipynb", { fromElsewhere: true });
  await lab.run(0);
  await lab.run(1);
  await expectMoving(views(page), FRAME);
  await expect(views(page)).toHaveAttribute("data-transport", "same-origin");
  await jupyter.shutDown("proxied.ipynb");
});

test("without jupyter-server-proxy the kernel's own channel brings it", async ({ page }) => {
  const jupyter = await Jupyter.start({ hasProxy: false });
  try {
    jupyter.write("comm.ipynb", [serve("comm"), "display.widget(height=200)"]);
    const lab = await jupyter.open(page, "comm.ipynb", { fromElsewhere: true });
    await lab.run(0);
    await lab.run(1);
    await expectMoving(views(page), FRAME);
    await expect(views(page)).toHaveAttribute("data-transport", "comm");
  } finally {
    await jupyter.stop();
  }
});
