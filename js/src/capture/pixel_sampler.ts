import type { Point } from "../flow/geometry.ts";
import { PixelBlock } from "../flow/pixel_block.ts";
import type { ViewContext } from "../view/view_context.ts";

/** Nobody reads faster, and a server has better things to do. */
const REQUEST_INTERVAL_MS = 100;

/** The pixels around a place, as they are shown and as they were published. */
export class PixelSampler {
  readonly #viewContext: ViewContext;
  readonly #onChange: () => void;
  readonly #context: CanvasRenderingContext2D | null;
  #published: PixelBlock | undefined;
  #wanted: Point | undefined;
  #isRequesting = false;
  /** Counts the times that all was forgotten: answers from before are no answers. */
  #epoch = 0;

  /** `onChange` is called when there are other published pixels. */
  constructor(viewContext: ViewContext, onChange: () => void) {
    this.#viewContext = viewContext;
    this.#onChange = onChange;
    const scratch = document.createElement("canvas");
    this.#context = scratch.getContext("2d", { willReadFrequently: true });
  }

  /** What was answered last; undefined when nobody answers. */
  get published(): PixelBlock | undefined {
    return this.#published;
  }

  /** Ask for the published pixels around `place`; of several places the last one counts. */
  request(place: Point): void {
    this.#wanted = place;
    if (!this.#isRequesting) void this.#requestAll();
  }

  reset(): void {
    this.#epoch += 1;
    this.#wanted = undefined;
    this.#published = undefined;
  }

  /** What the page shows around `place`, `reach` pixels to each side; undefined without a picture. */
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
