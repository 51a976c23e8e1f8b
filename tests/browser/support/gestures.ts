import type { CDPSession, Page } from "@playwright/test";
import type { Point } from "./card.ts";

type Button = "left" | "middle" | "right" | "back";
type MouseEventType = "mouseMoved" | "mousePressed" | "mouseReleased";
type Modifier = keyof typeof MODIFIERS;

/** CSS pixels from the top left corner of a picture of 320 × 180. */
type Place = readonly [x: number, y: number];

const MODIFIERS = { Alt: 1, Control: 2, Meta: 4, Shift: 8 };
const MASKS: Readonly<Record<Button, number>> = { left: 1, right: 2, middle: 4, back: 8 };

/** The hands of a person at one picture of a page: mouse, pen, fingers, keys and an input method. */
export class Hands {
  readonly page: Page;
  readonly #origin: Point;
  readonly #cdp: CDPSession;
  readonly #fingers = new Map<number, Point>();
  #mouse: Point = { x: 0, y: 0 };
  #held: readonly Button[] = [];
  #modifiers = 0;

  private constructor(page: Page, origin: Point, cdp: CDPSession) {
    this.page = page;
    this.#origin = origin;
    this.#cdp = cdp;
  }

  /** `origin` is the picture's top left corner in the window. */
  static async at(page: Page, origin: Point): Promise<Hands> {
    return new Hands(page, origin, await page.context().newCDPSession(page));
  }

  /** Of the mouse, with whatever of it is down. */
  async move(...place: Place): Promise<void> {
    this.#mouse = this.#place(place);
    await this.#sendMouse("mouseMoved", this.#held[0] ?? "none");
  }

  async down(button: Button = "left", clickCount = 1): Promise<void> {
    this.#held = [...this.#held, button];
    await this.#sendMouse("mousePressed", button, clickCount);
  }

  async up(button: Button = "left", clickCount = 1): Promise<void> {
    this.#held = this.#held.filter((held) => held !== button);
    await this.#sendMouse("mouseReleased", button, clickCount);
  }

  async click(place: Place, button: Button = "left"): Promise<void> {
    await this.move(...place);
    await this.down(button);
    await this.up(button);
  }

  async doubleClick(place: Place): Promise<void> {
    await this.click(place);
    await this.down("left", 2);
    await this.up("left", 2);
  }

  async wheel(deltaX: number, deltaY: number): Promise<void> {
    const event = { ...this.#mouse, deltaX, deltaY, buttons: this.#buttons, modifiers: this.#modifiers };
    await this.#cdp.send("Input.dispatchMouseEvent", { type: "mouseWheel", ...event });
  }

  async hold(...keys: Modifier[]): Promise<void> {
    for (const key of keys) {
      this.#modifiers += MODIFIERS[key];
      await this.page.keyboard.down(key);
    }
  }

  async release(...keys: Modifier[]): Promise<void> {
    for (const key of keys) {
      this.#modifiers -= MODIFIERS[key];
      await this.page.keyboard.up(key);
    }
  }

  /** A pen that hovers, or with `force` that touches, held as `held` says. */
  async pen(
    type: MouseEventType,
    place: Place,
    force = 0,
    held: { readonly tiltX?: number; readonly tiltY?: number; readonly twist?: number } = {},
  ): Promise<void> {
    const button = type === "mouseMoved" ? "none" : "left";
    const buttons = force > 0 ? MASKS.left : 0;
    const event = { type, ...this.#place(place), button, buttons, clickCount: 1, force, pointerType: "pen" } as const;
    await this.#cdp.send("Input.dispatchMouseEvent", { ...event, ...held });
  }

  async touch(id: number, ...place: Place): Promise<void> {
    this.#fingers.set(id, this.#place(place));
    await this.#touch("touchStart");
  }

  async slide(places: Readonly<Record<number, Place>>): Promise<void> {
    for (const [id, place] of Object.entries(places)) this.#fingers.set(Number(id), this.#place(place));
    await this.#touch("touchMove");
  }

  async lift(id: number): Promise<void> {
    const point = this.#fingers.get(id);
    if (point === undefined) throw new Error(`finger ${id} is not on the glass`);
    this.#fingers.delete(id);
    await this.#cdp.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [{ id, ...point }] });
  }

  /** As when the system takes the fingers for something of its own. */
  async cancel(): Promise<void> {
    this.#fingers.clear();
    await this.#touch("touchCancel");
  }

  async tap(...place: Place): Promise<void> {
    await this.touch(0, ...place);
    await this.lift(0);
  }

  async compose(text: string): Promise<void> {
    await this.#cdp.send("Input.imeSetComposition", { text, selectionStart: text.length, selectionEnd: text.length });
  }

  /** What an input method, a picker of emoji or somebody who dictates ends with. */
  async insert(text: string): Promise<void> {
    await this.#cdp.send("Input.insertText", { text });
  }

  /** Playwright's own mouse moves without a button, as no real one does, and so loses what it drags. */
  async #sendMouse(type: MouseEventType, button: Button | "none", clickCount = 0): Promise<void> {
    const event = { ...this.#mouse, button, clickCount, buttons: this.#buttons, modifiers: this.#modifiers };
    await this.#cdp.send("Input.dispatchMouseEvent", { type, ...event });
  }

  get #buttons(): number {
    return this.#held.reduce((mask, button) => mask | MASKS[button], 0);
  }

  async #touch(type: "touchStart" | "touchMove" | "touchCancel"): Promise<void> {
    const touchPoints = [...this.#fingers].map(([id, { x, y }]) => ({ id, x, y, force: 0.5 }));
    await this.#cdp.send("Input.dispatchTouchEvent", { type, touchPoints });
  }

  #place([x, y]: Place): Point {
    return { x: this.#origin.x + x, y: this.#origin.y + y };
  }
}

/** What a person may do, by name and in the order in which it is done; each begins where the one before ended. */
export const GESTURES: Readonly<Record<string, (hands: Hands) => Promise<void>>> = {
  "the mouse comes, moves and goes": async (hands) => {
    await hands.move(40, 50);
    await hands.move(60, 70);
    await hands.move(-10, -10);
  },
  "a click, which gives the focus": (hands) => hands.click([100, 90]),
  "a click of each other button": async (hands) => {
    await hands.click([110, 90], "right");
    await hands.click([120, 90], "middle");
    await hands.click([120, 90], "back");
  },
  "a click with modifiers held": async (hands) => {
    await hands.hold("Shift", "Alt");
    await hands.click([130, 90]);
    await hands.release("Alt", "Shift");
  },
  "a double click": (hands) => hands.doubleClick([150, 60]),
  "a drag": async (hands) => {
    await hands.down();
    await hands.move(170, 80);
    await hands.up();
  },
  "a drag that ends outside": async (hands) => {
    await hands.down();
    await hands.move(200, 178);
    await hands.move(200, 195);
    await hands.up();
  },
  "a chord": async (hands) => {
    await hands.move(60, 60);
    await hands.down("left");
    await hands.down("right");
    await hands.move(70, 60);
    await hands.up("left");
    await hands.move(80, 60);
    await hands.up("right");
  },
  "the wheel, in both directions": async (hands) => {
    await hands.wheel(0, 100);
    await hands.wheel(-30, -40);
  },
  "the wheel in a drag": async (hands) => {
    await hands.down();
    await hands.wheel(0, 120);
    await hands.up();
  },
  "a button that went down outside and is dragged in": async (hands) => {
    await hands.move(-10, -10);
    await hands.down();
    await hands.move(30, 30);
    await hands.move(40, 30);
    await hands.up();
    await hands.move(50, 30);
    await hands.move(-10, -10);
  },
  "a pen that hovers, draws and goes": async (hands) => {
    await hands.pen("mouseMoved", [40, 40], 0, { tiltX: 10, tiltY: -20 });
    await hands.pen("mousePressed", [40, 40], 0.25, { tiltX: 10, tiltY: -20, twist: 45 });
    await hands.pen("mouseMoved", [60, 50], 0.75, { tiltX: 30, tiltY: -20, twist: 90 });
    await hands.pen("mouseReleased", [60, 50]);
    await hands.pen("mouseMoved", [-10, -10]);
  },
  "a tap, which gives the focus": (hands) => hands.tap(80, 80),
  "a finger that draws": async (hands) => {
    await hands.touch(0, 50, 50);
    await hands.slide({ 0: [90, 60] });
    await hands.slide({ 0: [130, 70] });
    await hands.lift(0);
  },
  "a double tap": async (hands) => {
    await hands.tap(200, 90);
    await hands.tap(203, 91);
  },
  "two fingers": async (hands) => {
    await hands.touch(0, 100, 100);
    await hands.touch(1, 200, 100);
    await hands.slide({ 0: [80, 100], 1: [220, 100] });
    await hands.lift(0);
    await hands.slide({ 1: [230, 120] });
    await hands.lift(1);
  },
  "a finger that the system takes away": async (hands) => {
    await hands.touch(0, 50, 50);
    await hands.slide({ 0: [90, 60] });
    await hands.cancel();
  },
  "a letter": (hands) => hands.page.keyboard.press("a"),
  "a capital, and Shift goes up first": async ({ page: { keyboard } }) => {
    await keyboard.down("Shift");
    await keyboard.down("B");
    await keyboard.up("Shift");
    await keyboard.up("B");
  },
  "a key that repeats": async ({ page: { keyboard } }) => {
    await keyboard.down("c");
    await keyboard.down("c");
    await keyboard.down("c");
    await keyboard.up("c");
  },
  "keys that are no text": async ({ page: { keyboard } }) => {
    for (const key of ["ArrowLeft", "Delete", "Backspace", "F7", "Space", "Enter"]) await keyboard.press(key);
  },
  "a chord of keys": (hands) => hands.page.keyboard.press("Control+k"),
};

/** The same, for what needs a field that text can be composed in. */
export const COMPOSING: typeof GESTURES = {
  "a letter, typed": (hands) => hands.page.keyboard.press("a"),
  "an emoji from a picker": (hands) => hands.insert("😀"),
  "text that is composed": async (hands) => {
    await hands.compose("に");
    await hands.compose("にほ");
    await hands.insert("日本");
  },
  "a composition that is given up": async (hands) => {
    await hands.compose("x");
    await hands.compose("");
  },
};
