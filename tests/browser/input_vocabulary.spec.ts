import type { Page } from "@playwright/test";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { gestureLogs, inGoldenForm } from "./support/gesture_log.ts";
import type { GestureLog } from "./support/gesture_log.ts";
import { COMPOSING, GESTURES, Hands } from "./support/gestures.ts";
import { PYTHON } from "./support/process.ts";
import { boxOf, expectLive, views } from "./support/screen.ts";
import type { Notebook } from "./support/test.ts";
import { expect, test } from "./support/test.ts";

const { differences, gestures } = gestureLogs();

test.use({ hasTouch: true });

interface Event {
  readonly type: string;
  readonly [name: string]: unknown;
}

declare global {
  interface Window {
    told: Event[];
  }
}

function find(name: string): GestureLog {
  const log = gestures.find((each) => each.name === name);
  if (log === undefined) throw new Error(`no golden log of: ${name}`);
  return log;
}

/** A page with renderview's own emitter, as rendercanvas brings it. */
async function openTheirs(page: Page): Promise<void> {
  const locate = "import importlib.util as u; print(u.find_spec('rendercanvas').submodule_search_locations[0])";
  const folder = execFileSync(PYTHON, ["-c", locate], { encoding: "utf8" }).trim();
  await page.clock.install({ time: 0 });
  await page.clock.pauseAt(1_000); // what it does later it does when we say so
  await page.setContent(
    `<canvas style="position:absolute; left:30px; top:30px; width:320px; height:180px; touch-action:none"></canvas>`,
  );
  const content = `${readFileSync(`${folder}/core/renderview.js`, "utf8")}
    window.told = [];
    class View extends BaseRenderView {
      onEvent(event) { window.told.push(event); }
    }
    new View(document.querySelector("canvas"), null).setThrottle(0);
    document.title = "ready";`;
  await page.addScriptTag({ type: "module", content });
  await expect(page).toHaveTitle("ready");
}

test("the golden log is what renderview's own emitter tells", async ({ page }) => {
  await openTheirs(page);
  const hands = await Hands.at(page, { x: 30, y: 30 });
  for (const [name, play] of Object.entries({ ...GESTURES, ...COMPOSING })) {
    await play(hands);
    await page.clock.runFor(300); // it takes the focus a while after a press
    const told = await page.evaluate(() => window.told.splice(0));
    expect(inGoldenForm(told), name).toEqual(find(name).renderview);
  }
});

test("each difference is one, has a reason, and is of a gesture that is played", () => {
  expect(gestures.map(({ name }) => name)).toEqual(Object.keys({ ...GESTURES, ...COMPOSING }));
  for (const { name, renderview, told, differences: reasons = [] } of gestures) {
    expect(reasons.length > 0, name).toBe(told !== undefined);
    expect(told, name).not.toEqual(renderview);
  }
  const named = new Set(gestures.flatMap((log) => log.differences ?? []));
  expect([...named].sort()).toEqual(Object.keys(differences).sort());
});

test("Python receives what renderview tells, but for what is wanted otherwise", async ({ page, open }) => {
  const notebook = await open("inputs.py");
  await expectLive(page, 2);
  const player = new Player(notebook);
  for (const view of await views(page).all()) {
    const hands = await handsAt(page, view);
    for (const [name, play] of Object.entries(GESTURES)) await player.play(name, () => play(hands));
    await page.keyboard.press("Escape");
    await player.expect("leaving", [...pressOf("Escape"), { type: "focus_out" }]);
  }

  notebook.wish({ traits: { text_input: true } });
  await expect(page.locator(".rfb-text")).toHaveCount(2);
  for (const view of await views(page).all()) {
    await (await handsAt(page, view)).move(20, 20);
    await view.getByRole("textbox").focus();
    await player.skipTo("focus_in");
    const hands = await handsAt(page, view);
    for (const [name, play] of Object.entries(COMPOSING)) await player.play(name, () => play(hands));
    await page.keyboard.press("Escape");
    await player.expect("leaving", [...pressOf("Escape"), { type: "focus_out" }]);
  }
  expectExtras(notebook.facts("events"));
});

function pressOf(key: string): object[] {
  return ["key_down", "key_up"].map((type) => ({ type, key, modifiers: [] }));
}

/** A pixel of the page, because a mouse has no place between two. */
async function handsAt(page: Page, view: ReturnType<typeof views>): Promise<Hands> {
  const { x, y } = await boxOf(view.locator("canvas"));
  return Hands.at(page, { x: Math.round(x), y: Math.round(y) });
}

/** Plays gestures and compares what Python received of each. */
class Player {
  readonly #notebook: Notebook;
  #seen = 0;

  constructor(notebook: Notebook) {
    this.#notebook = notebook;
    this.#seen = this.#all.length;
  }

  async play(name: string, gesture: () => Promise<void>): Promise<void> {
    const { renderview, told } = find(name);
    await gesture();
    await this.expect(name, told ?? renderview);
  }

  /** Wait until just this came since the last time. */
  async expect(name: string, events: readonly object[]): Promise<void> {
    const news = (): object[] => inGoldenForm(this.#all.slice(this.#seen));
    await expect.poll(news, { message: name, intervals: [50, 100, 250] }).toEqual(events);
    this.#seen = this.#all.length;
  }

  /** Leave out what came up to the next event of that type. */
  async skipTo(type: string): Promise<void> {
    const next = (): number => this.#all.findIndex((event, index) => index >= this.#seen && event.type === type);
    await expect.poll(next).toBeGreaterThanOrEqual(0);
    this.#seen = next() + 1;
  }

  get #all(): Event[] {
    return this.#notebook.facts("logical");
  }
}

/** What renderview does not tell. */
function expectExtras(events: readonly Event[]): void {
  const pen = events.filter((event) => event["pointer_type"] === "pen" && event.type !== "pointer_up");
  const held = pen.map(({ type, pressure, tilt_x, tilt_y, twist }) => [type, pressure, tilt_x, tilt_y, twist]);
  const once = [
    ["pointer_enter", 0, 10, -20, 0],
    ["pointer_move", 0, 10, -20, 0],
    ["pointer_down", 0.25, 10, -20, 45],
    ["pointer_move", 0.75, 30, -20, 90],
    ["pointer_leave", 0, 0, 0, 0],
  ];
  expect(held).toEqual([...once, ...once]);

  const two = events.findIndex((event) => event["ntouches"] === 2);
  const { pointer_id, touches, x, y, css_x, css_y } = events[two] as Event & { touches: Record<string, object> };
  expect(Object.keys(touches)).toHaveLength(2);
  expect(touches[String(pointer_id)]).toEqual({ x, y, css_x, css_y, pressure: 0.5 });
  for (const event of events.filter((each) => each["pointer_type"] === "mouse")) {
    expect(event).not.toHaveProperty("twist");
    expect(event["ntouches"]).toBe(0);
  }
  for (const event of events.filter(({ type }) => type === "key_down")) expect(event["code"]).toMatch(/./);
}
