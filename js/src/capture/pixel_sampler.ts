import type { Point } from "../flow/geometry.ts";
import { PixelBlock } from "../flow/pixel_block.ts";
import type { ViewContext } from "../view/view_context.ts";

/** Throttles the requests: users do not read faster, and each one costs the server. */
const REQUEST_INTERVAL_MS = 100;

/** Samples the pixels around a frame pixel: from the canvas, and as published by request to the server. */
export class PixelSampler {
  readonly #viewContext: ViewContext;
  readonly #onChange: () => void;
  readonly #context: CanvasRenderingContext2D | null;
  #published: PixelBlock | undefined;
  #wanted: Point | undefined;
  #isRequesting = false;
  /** Counts resets, so that answers to earlier requests are ignored. */
  #epoch = 0;

  /** `onChange` is called when `published` changes. */
  constructor(viewContext: ViewContext, onChange: () => void) {
    this.#viewContext = viewContext;
    this.#onChange = onChange;
    const scratch = document.createElement("canvas");
    this.#context = scratch.getContext("2d", { willReadFrequently: true });
  }

  /** The server's last answer; undefined if there was none. */
  get published(): PixelBlock | undefined {
    return this.#published;
  }

  /** Request the published pixels around `place`; while a request is pending, only the last place is kept. */
  request(place: Point): void {
    this.#wanted = place;
    if (!this.#isRequesting) void this.#requestAll();
  }

  reset(): void {
    this.#epoch += 1;
    this.#wanted = undefined;
    this.#published = undefined;
  }

  /** Return the canvas' pixels around `place`, `reach` to each side; undefined without a picture. */
  sampleCanvas({ x, y }: Point, reach: number): PixelBlock | undefined {
    const { canvas, layout } = this.#viewContext;
    if (canvas === undefined || layout === undefined || this.#context === null) return undefined;
    const across = canvas.width / layout.frame.width;
    const down = canvas.height / layout.frame.height;
    const side = 2 * reach + 1;
    this.#context.canvas.width = this.#context.canvas.height = side;
    this.#context.imageSmoothingEnabled = false;
    const from = { x: (x - reach) * across, y: (y - reach) * down };
    this.#context.drawImage(canvas, from.x, from.y, side * across, side * down, 0, 0, side, side);
    return PixelBlock.fromImage(this.#context.getImageData(0, 0, side, side), x - reach, y - reach);
  }

  async #requestAll(): Promise<void> {
    this.#isRequesting = true;
    for (let place = this.#next(); place !== undefined; place = this.#next()) {
      const epoch = this.#epoch;
      const answer = await this.#viewContext.link.requests.inspect(place.x, place.y);
      if (epoch === this.#epoch) {
        this.#published = answer && PixelBlock.fromMessage(answer);
        this.#onChange();
      }
      await new Promise((resolve) => setTimeout(resolve, REQUEST_INTERVAL_MS));
    }
    this.#isRequesting = false;
  }

  #next(): Point | undefined {
    const place = this.#wanted;
    this.#wanted = undefined;
    return place;
  }
}
