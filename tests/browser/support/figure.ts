import type { Locator } from "@playwright/test";
import { expect } from "@playwright/test";
import type { Point } from "./card.ts";
import { Pixels } from "./png.ts";
import { Look } from "./screen.ts";
import type { Notebook } from "./test.ts";

/** What a notebook tells of a figure. */
export interface Drawn {
  /** What its library alone draws of it, as a PNG in base64. */
  readonly picture: string;
}

/** What `python/waves.py` tells of a figure. */
export interface Told extends Drawn {
  readonly xlim: readonly [number, number];
  readonly ylim: readonly [number, number];
  readonly number: number;
  readonly dpi: number;
  /** In inches. */
  readonly size: readonly [number, number];
}

/** Who asks what a notebook's figure is like now. */
export class Witness<T extends Drawn = Told> {
  readonly #ask: (number: number) => void;
  readonly #told: () => (T & { readonly ask: number })[];
  #asked = 0;

  constructor(ask: (number: number) => void, told: () => (T & { readonly ask: number })[]) {
    this.#ask = ask;
    this.#told = told;
  }

  static of<T extends Drawn = Told>(notebook: Notebook): Witness<T> {
    return new Witness<T>(
      (ask) => notebook.wish({ ask }),
      () => notebook.facts("told"),
    );
  }

  async ask(): Promise<T> {
    this.#asked += 1;
    this.#ask(this.#asked);
    const answer = (): T | undefined => this.#told().findLast(({ ask }) => ask === this.#asked);
    await expect.poll(answer, { intervals: [20, 50, 100] }).toBeDefined();
    return answer() as T;
  }
}

/** Wait until every pixel of the view that can be seen is what its library alone draws; return what it is like. */
export async function expectFigure<T extends Drawn>(view: Locator, witness: Witness<T>): Promise<T> {
  let told: T | undefined;
  await expect
    .poll(
      async () => {
        told = await witness.ask();
        return differences(view, told);
      },
      { message: "what differs from the library's own picture" },
    )
    .toBe("0 of many");
  return told as T;
}

/** How a view may lie on the screen's pixels: in between them, and then it is shown at one of those next to it. */
const PLACES = [-1, 0, 1].flatMap((x) => [-1, 0, 1].map((y) => ({ x, y })));

async function differences(view: Locator, { picture }: Drawn): Promise<string> {
  const wanted = Pixels.fromPng(Buffer.from(picture, "base64"));
  const look = await Look.at(view, { width: wanted.width, height: wanted.height });
  const counts = PLACES.map((place) => compare(look, wanted, place));
  const { wrong, compared } = counts.reduce((best, each) => (each.wrong < best.wrong ? each : best));
  const enough = compared > 0.8 * wanted.width * wanted.height;
  return `${wrong} of ${enough ? "many" : compared}`;
}

function compare(look: Look, wanted: Pixels, place: Point): { wrong: number; compared: number } {
  let compared = 0;
  let wrong = 0;
  for (let y = 0; y < wanted.height; y++) {
    for (let x = 0; x < wanted.width; x++) {
      const seen = look.atFrame({ x, y }, place);
      if (seen === undefined) continue;
      compared += 1;
      const pixel = wanted.at(x, y);
      if (seen.some((channel, index) => channel !== pixel[index])) wrong += 1;
    }
  }
  return { wrong, compared };
}
