import type { Point } from "../flow/geometry.ts";
import { Patch } from "../flow/pixel_block.ts";
import type { Deck } from "../view/view_context.ts";

/** Nobody reads faster, and a server has better things to do. */
const ASKED_EVERY_MS = 100;

/** The pixels around a place, as they are shown and as they were published. */
export class Probe {
  readonly #deck: Deck;
  readonly #changed: () => void;
  readonly #context: CanvasRenderingContext2D | null;
  #published: Patch | undefined;
  #wanted: Point | undefined;
  #isAsking = false;
  /** Counts the times that all was forgotten: answers from before are no answers. */
  #epoch = 0;

  /** `changed` is called when there are other published pixels. */
  constructor(deck: Deck, changed: () => void) {
    this.#deck = deck;
    this.#changed = changed;
    const scratch = document.createElement("canvas");
    this.#context = scratch.getContext("2d", { willReadFrequently: true });
  }

  /** What was answered last; undefined when nobody answers. */
  get published(): Patch | undefined {
    return this.#published;
  }

  /** Ask for the published pixels around `place`; of several places the last one counts. */
  ask(place: Point): void {
    this.#wanted = place;
    if (!this.#isAsking) void this.#ask();
  }

  forget(): void {
    this.#epoch += 1;
    this.#wanted = undefined;
    this.#published = undefined;
  }

  /** What the page shows around `place`, `reach` pixels to each side; undefined without a picture. */
  shown({ x, y }: Point, reach: number): Patch | undefined {
    const { canvas, scene } = this.#deck;
    if (canvas === undefined || scene === undefined || this.#context === null) return undefined;
    const across = canvas.width / scene.frame.width;
    const down = canvas.height / scene.frame.height;
    const side = 2 * reach + 1;
    this.#context.canvas.width = this.#context.canvas.height = side;
    this.#context.imageSmoothingEnabled = false;
    const from = { x: (x - reach) * across, y: (y - reach) * down };
    this.#context.drawImage(canvas, from.x, from.y, side * across, side * down, 0, 0, side, side);
    return Patch.ofImage(this.#context.getImageData(0, 0, side, side), x - reach, y - reach);
  }

  async #ask(): Promise<void> {
    this.#isAsking = true;
    for (let place = this.#next(); place !== undefined; place = this.#next()) {
      const epoch = this.#epoch;
      const answer = await this.#deck.link.requests.inspect(place.x, place.y);
      if (epoch === this.#epoch) {
        this.#published = answer && Patch.ofMessage(answer);
        this.#changed();
      }
      await new Promise((resolve) => setTimeout(resolve, ASKED_EVERY_MS));
    }
    this.#isAsking = false;
  }

  #next(): Point | undefined {
    const place = this.#wanted;
    this.#wanted = undefined;
    return place;
  }
}
