import type { InputEvent } from "../flow/merge.ts";
import { MergingQueue, canWait } from "../flow/merge.ts";
import type { Locator } from "../view/locator.ts";
import { Keys } from "./keys.ts";
import { Pointers } from "./pointer.ts";
import type { Desk, Surface } from "./surface.ts";
import { nowS } from "./surface.ts";
import { Wheel } from "./wheel.ts";

/** Everything a person does in one view, from the listeners to the events that go out. */
export class Inputs implements Desk {
  readonly #surface: Surface;
  readonly #stopping = new AbortController();
  readonly #queue = new MergingQueue();
  readonly #pointers: Pointers;
  readonly #keys: Keys;
  #frame = 0;
  #hasFocus = false;

  constructor(surface: Surface) {
    this.#surface = surface;
    this.#pointers = new Pointers(this);
    this.#keys = new Keys(this);
    new Wheel(this);
    this.#listen();
  }

  get element(): HTMLElement {
    return this.#surface.element;
  }

  get locator(): Locator {
    return this.#surface.locator;
  }

  get signal(): AbortSignal {
    return this.#stopping.signal;
  }

  get hasFocus(): boolean {
    return this.#hasFocus;
  }

  get isPressed(): boolean {
    return this.#pointers.isPressed;
  }

  focus(): void {
    this.#surface.focus();
  }

  /** Queue `event`; what cannot merge goes out at once, with all that waited before it. */
  emit(event: InputEvent): void {
    this.#queue.add(event);
    if (canWait(event)) this.#frame ||= requestAnimationFrame(() => this.#flush());
    else this.#flush();
  }

  /** Release what is held and listen no more. */
  stop(): void {
    if (this.signal.aborted) return;
    this.#releaseAll();
    this.#stopping.abort();
    this.#flush();
  }

  #listen(): void {
    const { element, signal } = this;
    element.addEventListener("focusin", () => this.#onFocus(true), { signal });
    element.addEventListener("focusout", () => this.#onFocus(false), { signal });
    window.addEventListener("blur", () => this.#releaseAll(), { signal });
    const onMenu = (event: MouseEvent): void => {
      if (!event.shiftKey) event.preventDefault();
    };
    element.addEventListener("contextmenu", onMenu, { signal });
  }

  #onFocus(hasFocus: boolean): void {
    if (hasFocus === this.#hasFocus) return;
    this.#hasFocus = hasFocus;
    if (!hasFocus) this.#releaseAll();
    this.emit({ type: hasFocus ? "focus_in" : "focus_out", timestamp: nowS() });
  }

  /** Nothing may stick: the ups of what is held now would go to somebody else. */
  #releaseAll(): void {
    this.#pointers.releaseAll();
    this.#keys.releaseAll();
  }

  #flush(): void {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    const events = this.#queue.take();
    if (events.length > 0) this.#surface.send(events);
  }
}
