import type { Point, Size } from "../flow/geometry.ts";
import type { Rgba } from "../flow/pixel_block.ts";
import { toHex } from "../flow/pixel_block.ts";
import { placeNearPoint } from "./place_near_point.ts";
import { styledElement } from "./styled_element.ts";

/** Pixels to each side of the one in the middle. */
export const REACH = 5;
const SIDE = 2 * REACH + 1;

/** Lower views have the numbers beside the pixels. */
const LOW_PX = 230;

/** What is known of a pixel and of those around it. */
export interface PixelReading {
  readonly place: Point;
  readonly color: Rgba;
  readonly isPublished: boolean;
  /** The colour of a frame pixel near by; undefined outside of the frame. */
  at(x: number, y: number): Rgba | undefined;
}

/** Some pixels of a frame, large, and the numbers of the one in the middle. */
export class Magnifier {
  readonly element = styledElement("div", "rfb-inspector");
  readonly #context: CanvasRenderingContext2D | null;
  readonly #place = styledElement("div", "rfb-inspector-place");
  readonly #swatch = styledElement("span", "rfb-inspector-swatch");
  readonly #hex = document.createElement("span");
  readonly #channels = document.createElement("div");
  readonly #source = styledElement("div", "rfb-inspector-source");

  constructor() {
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = SIDE;
    this.#context = canvas.getContext("2d");
    const pixels = styledElement("div", "rfb-inspector-lens");
    pixels.append(canvas);
    const color = document.createElement("div");
    color.append(this.#swatch, this.#hex);
    const text = styledElement("div", "rfb-inspector-text");
    text.append(this.#place, color, this.#channels, this.#source);
    this.element.append(pixels, text);
    // A screen reader gets the same in words.
    this.element.setAttribute("aria-hidden", "true");
  }

  /** Show `reading` beside `point`, `gap` away from it. CSS pixels of the `room`, which it does not leave. */
  show(reading: PixelReading, point: Point, room: Size, gap: number): void {
    this.#paint(reading);
    const { place, color, isPublished } = reading;
    const [red, green, blue, alpha] = color;
    this.#place.textContent = `x ${place.x}  y ${place.y}`;
    this.#swatch.style.setProperty("--_swatch", toHex(color));
    this.#hex.textContent = toHex(color);
    this.#channels.textContent = (alpha === 255 ? [red, green, blue] : color).join(" ");
    this.#source.textContent = isPublished ? "as published" : "as shown";
    this.element.classList.toggle("rfb-inspector-wide", room.height < LOW_PX);
    const size = { width: this.element.offsetWidth, height: this.element.offsetHeight };
    const { x, y } = placeNearPoint(point, size, room, gap);
    this.element.style.transform = `translate(${Math.round(x)}px, ${Math.round(y)}px)`;
  }

  #paint({ place, at }: PixelReading): void {
    const image = new ImageData(SIDE, SIDE);
    for (let row = 0; row < SIDE; row += 1) {
      for (let column = 0; column < SIDE; column += 1) {
        const color = at(place.x + column - REACH, place.y + row - REACH);
        if (color !== undefined) image.data.set(color, 4 * (row * SIDE + column));
      }
    }
    this.#context?.putImageData(image, 0, 0);
  }
}
