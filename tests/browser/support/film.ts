import type { CDPSession, Page } from "@playwright/test";
import type { Size } from "./card.ts";
import { quadrants } from "./card.ts";
import type { Rgb } from "./png.ts";
import { Pixels } from "./png.ts";

/** Every picture of the window that the browser made, as a person would have seen it. */
export class Film {
  readonly #session: CDPSession;
  readonly #window: Size;
  readonly #frames: string[] = [];

  private constructor(session: CDPSession, window: Size) {
    this.#session = session;
    this.#window = window;
    session.on("Page.screencastFrame", ({ data, sessionId }) => {
      this.#frames.push(data);
      // The browser sends no more before; when the page is gone it does not matter.
      session.send("Page.screencastFrameAck", { sessionId }).catch(() => undefined);
    });
  }

  static async start(page: Page): Promise<Film> {
    const window = page.viewportSize() ?? { width: 900, height: 700 };
    const film = new Film(await page.context().newCDPSession(page), window);
    // Half as large as the window is large enough, and quicker to make and to look at.
    const size = { maxWidth: Math.round(window.width / 2), maxHeight: Math.round(window.height / 2) };
    await film.#session.send("Page.startScreencast", { format: "png", everyNthFrame: 1, ...size });
    return film;
  }

  /** Stop filming and return the frames, PNG files. */
  async stop(): Promise<Buffer[]> {
    await this.#session.send("Page.stopScreencast");
    await this.#session.detach();
    return this.#frames.map((data) => Buffer.from(data, "base64")).filter((png) => this.#isWhole(png));
  }

  /** A screenshot of a part of the window makes that part all of it for a moment, which nobody sees but the film. */
  #isWhole(png: Buffer): boolean {
    const [width, height] = [png.readUInt32BE(16), png.readUInt32BE(20)];
    return Math.abs((width / height) * (this.#window.height / this.#window.width) - 1) < 0.05;
  }
}

/**
 * Whether a test card is seen anywhere in a picture of the window, however large and however pale.
 *
 * By the share of the window that each of its colours has, because marimo may put the view elsewhere, and a browser that
 * has little time films in a smaller size. By their hues, because marimo fades what a cell shows while it runs for long.
 */
export function showsCard(png: Buffer, share = 0.005): boolean {
  const pixels = Pixels.fromPng(png);
  const hues = quadrants({ width: 320, height: 180 }).map(({ color }) => hueOf(color));
  const counts = hues.map(() => 0);
  // Those of a colour that was just judged lie beside one another.
  let [last, found] = [-1, -1];
  for (let y = 0; y < pixels.height; y++) {
    for (let x = 0; x < pixels.width; x++) {
      const color = pixels.at(x, y);
      const key = (color[0] << 16) | (color[1] << 8) | color[2];
      if (key !== last) {
        const seen = hueOf(color);
        [last, found] = [key, hues.findIndex((hue) => isAlike(seen, hue))];
      }
      if (found >= 0) counts[found] = (counts[found] ?? 0) + 1;
    }
  }
  return counts.every((count) => count >= share * pixels.width * pixels.height);
}

/** What a colour has more or less than a grey of its brightness. */
function hueOf([red, green, blue]: Rgb): Rgb {
  const grey = (red + green + blue) / 3;
  return [red - grey, green - grey, blue - grey];
}

/** Whether two hues point the same way, and the first is not as good as grey. */
function isAlike(seen: Rgb, wanted: Rgb): boolean {
  const length = Math.hypot(...seen);
  const along = seen.reduce((sum, channel, index) => sum + channel * (wanted[index] ?? 0), 0);
  return length > 12 && along > 0.95 * length * Math.hypot(...wanted);
}
