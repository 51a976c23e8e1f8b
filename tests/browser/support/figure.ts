import type { Locator } from "@playwright/test";
import { expect } from "@playwright/test";
import type { Point } from "./card.ts";
import { Pixels } from "./png.ts";
import { Look } from "./screen.ts";
import type { Notebook } from "./test.ts";

/** What `python/waves.py` tells of a figure. */
export interface Told {
  readonly xlim: readonly [number, number];
  readonly ylim: readonly [number, number];
  readonly number: number;
  readonly dpi: number;
  /** In inches. */
  readonly size: readonly [number, number];
  /** What is drawn of it by matplotlib alone, as a PNG. */
  readonly picture: string;
}

/** Who asks what a notebook's figure is like now. */
export class Witness {
  readonly #ask: (number: number) => void;
  readonly #told: () => (Told & { readonly ask: number })[];
  #asked = 0;

  constructor(ask: (number: number) => void, told: () => (Told & { readonly ask: number })[]) {
    this.#ask = ask;
    this.#told = told;
  }

  static of(notebook: Notebook): Witness {
    return new Witness(
      (ask) => notebook.wish({ ask }),
      () => notebook.facts("told"),
    );
  }

  async ask(): Promise<Told> {
    this.#asked += 1;
    this.#ask(this.#asked);
    const answer = (): Told | undefined => this.#told().findLast(({ ask }) => ask === this.#asked);
    await expect.poll(answer, { intervals: [20, 50, 100] }).toBeDefined();
    return answer() as Told;
  }
}

/** Wait until every pixel of the view that can be seen is what matplotlib alone draws; return what it is like. */
export async function expectFigure(view: Locator, witness: Witness): Promise<Told> {
  let told: Told | undefined;
  await expect
    .poll(
      async () => {
        told = await witness.ask();
        return differences(view, told);
      },
      { message: "what differs from matplotlib's own picture" },
    )
    .toBe("0 of many");
  return told as Told;
}

/** How a view may lie on the screen's pixels: in between them, and then it is shown at one of those next to it. */
const PLACES = [-1, 0, 1].flatMap((x) => [-1, 0, 1].map((y) => ({ x, y })));

async function differences(view: Locator, { picture }: Told): Promise<string> {
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
