import type { BrowserContext, Locator, Page } from "@playwright/test";
import { isGone, streamsOf } from "./support/hub.ts";
import type { Size } from "./support/card.ts";
import { Look, expectCard, expectCount, expectLive, expectMoving, views } from "./support/screen.ts";
import type { Servers } from "./support/test.ts";
import { Notebook, test as base, expect } from "./support/test.ts";

const FRAME: Size = { width: 320, height: 180 };
const NOTEBOOK = "sessions.py";
// As they come in the page.
const OWN = 0;
const CAMERA = 1;
const CLOCK = 2;

/** A session of the app, and the page that shows it. */
class Visitor {
  readonly page: Page;
  readonly notebook: Notebook;

  constructor(page: Page, notebook: Notebook) {
    this.page = page;
    this.notebook = notebook;
  }

  static async another(context: BrowserContext, servers: Servers, name: string): Promise<Visitor> {
    const marimo = await servers.get("run", NOTEBOOK);
    const page = await context.newPage();
    await page.goto(marimo.url({ facts: name }));
    return new Visitor(page, new Notebook(marimo, name));
  }

  view(index: number): Locator {
    return views(this.page).nth(index);
  }

  /** The names of the session's streams, in the page's order. */
  get streams(): string[] {
    return ["own", "camera", "clock"].map((topic) => this.notebook.facts<string>(topic).at(-1) ?? "");
  }

  async slide(index: number, steps: number): Promise<void> {
    const slider = this.page.getByRole("slider").nth(index);
    await slider.focus();
    for (let step = 0; step < steps; step++) await slider.press("ArrowRight");
  }

  async count(index: number): Promise<number> {
    let count: number | undefined;
    await expect.poll(async () => (count = (await Look.at(this.view(index), FRAME)).count())).toBeDefined();
    return count ?? -1;
  }
}

/** Sessions whose pictures move: the one of the test's page, and those that join it. */
const test = base.extend<{ one: Visitor; join: (name: string) => Promise<Visitor> }>({
  one: async ({ page, open }, use) => {
    const visitor = new Visitor(page, await open(NOTEBOOK));
    await expectMoving(visitor.view(CLOCK), FRAME);
    await use(visitor);
  },
  join: async ({ context, servers }, use) => {
    await use(async (name) => {
      const visitor = await Visitor.another(context, servers, name);
      await expectMoving(visitor.view(CLOCK), FRAME);
      return visitor;
    });
  },
});

/** The names of the hub's streams and how many look at each. */
async function viewersByStream(notebook: Notebook): Promise<Record<string, number>> {
  return Object.fromEntries((await streamsOf(notebook.hub)).map(({ name, viewers }) => [name, viewers]));
}

test("two sessions have their own pictures and share those of the app, until one and then the other ends", async ({
  one,
  join,
}) => {
  await one.slide(CAMERA, 2);
  await expectCount(one.view(CAMERA), FRAME, 2);
  const two = await join("the-one-that-leaves");

  await test.step("they have a picture each, and each follows its own slider", async () => {
    await one.slide(OWN, 3);
    await expectCount(one.view(OWN), FRAME, 3);
    await two.slide(OWN, 5);
    await expectCount(two.view(OWN), FRAME, 5);
    await expectCount(one.view(OWN), FRAME, 3);
    for (const visitor of [one, two]) await expectCard(visitor.view(OWN), FRAME);

    expect(one.streams[OWN]).not.toBe(two.streams[OWN]);
    expect(one.streams.slice(1)).toEqual(two.streams.slice(1));
    const [first, second, camera, clock] = [one.streams[OWN], two.streams[OWN], ...one.streams.slice(1)];
    const expected = { [String(first)]: 1, [String(second)]: 1, [String(camera)]: 2, [String(clock)]: 2 };
    await expect.poll(() => viewersByStream(one.notebook)).toEqual(expected);
    expect(one.notebook.hub.port).toBe(two.notebook.hub.port);
  });

  await test.step("what one publishes to a stream of the app is seen in both", async () => {
    await expectCount(two.view(CAMERA), FRAME, 2);
    await two.slide(CAMERA, 7);
    for (const visitor of [one, two]) {
      await expectCount(visitor.view(CAMERA), FRAME, 7);
      await expectCard(visitor.view(CAMERA), FRAME);
    }
  });

  await test.step("an animation of the app is rendered once, and both see the same frames", async () => {
    expect(two.notebook.facts("animations")).toEqual([[`rfb-animate ${one.streams[CLOCK]}`]]);
    const before = await one.count(CLOCK);
    const other = await two.count(CLOCK);
    const after = await one.count(CLOCK);
    expect(other).toBeGreaterThanOrEqual(before);
    expect(other).toBeLessThanOrEqual(after + 1); // the two pages paint apart

    await two.page.getByRole("switch").click();
    await expect
      .poll(async () => {
        const counts = [await one.count(CLOCK), await two.count(CLOCK), await one.count(CLOCK)];
        return new Set(counts).size;
      })
      .toBe(1);
    await two.page.getByRole("switch").click();
  });

  await test.step("the end of one takes its own streams along, and that of the last one those of the app", async () => {
    // The animation that both saw called a function of this one's.
    await two.page.close();
    const left = Object.fromEntries(one.streams.map((name) => [name, 1]));
    await expect.poll(() => viewersByStream(one.notebook)).toEqual(left);
    await expectMoving(one.view(CLOCK), FRAME);
    await expectCount(one.view(OWN), FRAME, 3);

    const { hub } = one.notebook;
    await one.page.close();
    await expect.poll(() => isGone(hub)).toBe(true);
  });
});

test("a page of an app that is reloaded shows all pictures again and leaves no stream behind", async ({
  one,
  join,
}) => {
  const two = await join("the-one-beside");
  await two.slide(OWN, 6);
  await expectCount(two.view(OWN), FRAME, 6);
  const shared = one.streams.slice(1);

  await one.page.reload();
  await expectLive(one.page, 2);
  await expectMoving(one.view(CLOCK), FRAME);
  await expectCard(one.view(OWN), FRAME);
  expect(one.streams.slice(1)).toEqual(shared);
  const expected = { ...Object.fromEntries(shared.map((name) => [name, 2])), [String(two.streams[OWN])]: 1 };
  await expect.poll(() => viewersByStream(two.notebook)).toEqual({ ...expected, [String(one.streams[OWN])]: 1 });
  await expectCount(two.view(OWN), FRAME, 6);
});
