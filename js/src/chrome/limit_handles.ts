import type { Limits, NumberAxis } from "../flow/number_axis.ts";
import { fractionOf, limitAfterKey, valueAt } from "../flow/number_axis.ts";
import { formatNumber } from "../flow/number_text.ts";
import { styledElement } from "./styled_element.ts";

const LABELS = { vmin: "Minimum", vmax: "Maximum" } as const;

/** A press this close to a handle holds it where it is; further away it moves the handle there. CSS pixels. */
const HOLD_PX = 14;

/** The two handles over a histogram, for pointers and keys. */
export class LimitHandles {
  readonly #area: HTMLElement;
  readonly #onMove: (which: keyof Limits, value: number) => void;
  readonly #onRelease: () => void;
  readonly #handles = { vmin: handle("vmin"), vmax: handle("vmax") };
  #limits: Limits = { vmin: 0, vmax: 1 };
  #axis: NumberAxis = { low: 0, high: 1, isWhole: false };
  #dragged: { readonly which: keyof Limits; readonly pointerId: number; readonly offset: number } | undefined;

  /** `area` is the element with the histogram; `onMove` is called with where the user wants a limit. */
  constructor(area: HTMLElement, onMove: (which: keyof Limits, value: number) => void, onRelease: () => void) {
    this.#area = area;
    this.#onMove = onMove;
    this.#onRelease = onRelease;
    area.append(this.#handles.vmin, this.#handles.vmax);
    area.addEventListener("pointerdown", (event) => this.#press(event));
    area.addEventListener("pointermove", (event) => this.#drag(event));
    for (const type of ["pointerup", "pointercancel", "lostpointercapture"] as const) {
      area.addEventListener(type, (event) => this.#release(event));
    }
    // Or it would take the focus from the handle.
    area.addEventListener("mousedown", (event) => event.preventDefault());
    area.addEventListener("keydown", (event) => this.#onKey(event));
  }

  /** While a handle is dragged, the axis must stay. */
  get isDragging(): boolean {
    return this.#dragged !== undefined;
  }

  show(limits: Limits, axis: NumberAxis): void {
    this.#limits = limits;
    this.#axis = axis;
    for (const which of ["vmin", "vmax"] as const) {
      const element = this.#handles[which];
      element.style.left = `${100 * fractionOf(limits[which], axis)}%`;
      element.setAttribute("aria-valuenow", String(limits[which]));
      element.setAttribute("aria-valuetext", formatNumber(limits[which], axis));
      element.setAttribute("aria-valuemin", String(Math.min(axis.low, limits[which])));
      element.setAttribute("aria-valuemax", String(Math.max(axis.high, limits[which])));
    }
  }

  focus(): void {
    this.#handles.vmin.focus({ preventScroll: true });
  }

  #press(event: PointerEvent): void {
    if (!event.isPrimary || event.button !== 0) return;
    const x = this.#fractionAt(event);
    const which = this.#nearest(x);
    const gap = x - fractionOf(this.#limits[which], this.#axis);
    const isOnHandle = Math.abs(gap) * this.#area.clientWidth <= HOLD_PX;
    this.#dragged = { which, pointerId: event.pointerId, offset: isOnHandle ? gap : 0 };
    this.#area.setPointerCapture(event.pointerId);
    const element = this.#handles[which];
    element.focus({ preventScroll: true });
    // Of two handles at one place the last one that was used lies on top.
    element.style.zIndex = "1";
    this.#handles[which === "vmin" ? "vmax" : "vmin"].style.zIndex = "";
    if (!isOnHandle) this.#drag(event);
  }

  #drag(event: PointerEvent): void {
    if (event.pointerId !== this.#dragged?.pointerId) return;
    const { which, offset } = this.#dragged;
    this.#onMove(which, valueAt(this.#fractionAt(event) - offset, this.#axis));
  }

  #release({ pointerId }: PointerEvent): void {
    if (pointerId !== this.#dragged?.pointerId) return;
    this.#dragged = undefined;
    this.#onRelease();
  }

  /** With both at one place, the side of the press decides. */
  #nearest(x: number): keyof Limits {
    const [vmin, vmax] = [fractionOf(this.#limits.vmin, this.#axis), fractionOf(this.#limits.vmax, this.#axis)];
    const middle = (vmin + vmax) / 2;
    return x < middle || (x === middle && vmax === 1) ? "vmin" : "vmax";
  }

  #onKey(event: KeyboardEvent): void {
    const which = (["vmin", "vmax"] as const).find((each) => this.#handles[each] === event.target);
    if (which === undefined || event.ctrlKey || event.altKey || event.metaKey) return;
    const value = limitAfterKey(event.key, event.shiftKey, this.#limits[which], this.#axis);
    if (value === undefined) return;
    event.preventDefault();
    this.#onMove(which, value);
  }

  #fractionAt({ clientX }: PointerEvent): number {
    const { left, width } = this.#area.getBoundingClientRect();
    return (clientX - left) / (width || 1);
  }
}

function handle(which: keyof Limits): HTMLElement {
  const made = styledElement("div", "rfb-limit");
  made.tabIndex = 0;
  made.dataset.limit = which;
  made.setAttribute("role", "slider");
  made.setAttribute("aria-label", LABELS[which]);
  made.setAttribute("aria-orientation", "horizontal");
  return made;
}
