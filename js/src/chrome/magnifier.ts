import type { Point, Size } from "../flow/geometry.ts";
import type { Rgba } from "../flow/pixel_block.ts";
import { toHex } from "../flow/pixel_block.ts";
import { placeNearPoint } from "./place_near_point.ts";
import { styledElement } from "./styled_element.ts";

/** The number of pixels to each side of the selected one. */
export const REACH = 5;
const SIDE = 2 * REACH + 1;

/** Views below this height show the numbers beside the pixels. */
const LOW_PX = 230;

/** The colours of a pixel and its neighbours. */
export interface PixelReading {
  readonly place: Point;
  readonly color: Rgba;
  /** The published number; undefined if colours were published. */
  readonly value: string | undefined;
  readonly isPublished: boolean;
  /** Return the colour of a nearby frame pixel; undefined outside the frame. */
  at(x: number, y: number): Rgba | undefined;
}

/** Shows some pixels of a frame enlarged, and the colour values of the selected one. */
export class Magnifier {
  readonly element = styledElement("div", "rfb-inspector");
  readonly #context: CanvasRenderingContext2D | null;
  readonly #place = styledElement("div", "rfb-inspector-place");
  readonly #value = styledElement("div", "rfb-inspector-value");
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
    // The inspector announces the same to screen readers.
    this.element.setAttribute("aria-hidden", "true");
  }

  /** Show `reading` at a distance of `gap` from `point`, inside `room`. All in CSS pixels of the view. */
  show(reading: PixelReading, point: Point, room: Size, gap: number): void {
    this.#paint(reading);
    const { place, color, value, isPublished } = reading;
    const [red, green, blue, alpha] = color;
    this.#place.textContent = `x ${place.x}  y ${place.y}`;
    this.#showValue(value);
    this.#swatch.style.setProperty("--_swatch", toHex(color));
    this.#hex.textContent = toHex(color);
    this.#channels.textContent = (alpha === 255 ? [red, green, blue] : color).join(" ");
    this.#source.textContent = isPublished ? "as published" : "as shown";
    this.element.classList.toggle("rfb-inspector-wide", room.height < LOW_PX);
    const size = { width: this.element.offsetWidth, height: this.element.offsetHeight };
    const { x, y } = placeNearPoint(point, size, room, gap);
    this.element.style.transform = `translate(${Math.round(x)}px, ${Math.round(y)}px)`;
  }

  #showValue(value: string | undefined): void {
    if (value === undefined) return this.#value.remove();
    this.#value.textContent = `value ${value}`;
    if (this.#value.parentElement === null) this.#place.after(this.#value);
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
