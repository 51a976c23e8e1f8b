import type { InputEvent } from "../flow/event_merge.ts";
import { MergingQueue, canWait } from "../flow/event_merge.ts";
import type { Traits } from "../host/traits.ts";
import type { CoordinateMapper } from "../view/coordinate_mapper.ts";
import { TextClipboard } from "./clipboard.ts";
import { exitFocus } from "./focus_exit.ts";
import type { InputContext, InputSurface } from "./input_context.ts";
import { nowS } from "./input_context.ts";
import { Keys } from "./keys.ts";
import { Pointers } from "./pointer.ts";
import { TextField } from "./text_field.ts";
import { Wheel } from "./wheel.ts";

/** Turns the user's input in one view into events and sends them. */
export class InputController implements InputContext {
  readonly #surface: InputSurface;
  readonly #stopping = new AbortController();
  readonly #queue = new MergingQueue();
  readonly #pointers: Pointers;
  readonly #keys: Keys;
  readonly #clipboard: TextClipboard;
  #field: TextField | undefined;
  #frame = 0;
  #hasFocus = false;

  constructor(surface: InputSurface) {
    this.#surface = surface;
    this.#pointers = new Pointers(this);
    this.#keys = new Keys(this);
    this.#clipboard = new TextClipboard(this);
    new Wheel(this);
    this.#listen();
    if (surface.element.matches(":focus-within")) this.#setFocus(true);
  }

  /** The hidden text field, which takes the focus in place of the canvas; undefined without text input. */
  get field(): HTMLElement | undefined {
    return this.#field?.element;
  }

  get element(): HTMLElement {
    return this.#surface.element;
  }

  get coordinateMapper(): CoordinateMapper {
    return this.#surface.coordinateMapper;
  }

  get traits(): Traits {
    return this.#surface.traits;
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

  get heldButtons(): readonly number[] {
    return this.#pointers.held;
  }

  focus(): void {
    this.#surface.focus();
  }

  exitFocus(): void {
    exitFocus(this.element);
  }

  /** Apply the traits that Python set. The canvas must already be focusable if it is to take the focus. */
  apply(): void {
    const old = this.#field;
    if (this.traits.textInput) this.#field ??= new TextField(this);
    else this.#field = undefined;
    this.#field?.element.setAttribute("aria-label", this.traits.alt);
    if (old === this.#field) return;
    // Before removing the old field, so that the focus never leaves the view.
    if (this.#hasFocus) this.focus();
    old?.element.remove();
  }

  /** Put text on the clipboard, if the trait `clipboard` allows it. */
  offer(text: string): void {
    this.#clipboard.offer(text);
  }

  modifiersOf(event: MouseEvent | KeyboardEvent): string[] {
    const modifiers = MODIFIERS.filter(([flag]) => event[flag]).map(([, name]) => name);
    this.#keys.syncModifiers(modifiers);
    return modifiers;
  }

  /** Queue `event`. One that cannot merge is sent at once, after all that are queued. */
  emit(event: InputEvent): void {
    this.#queue.add(event);
    if (canWait(event)) this.#frame ||= requestAnimationFrame(() => this.#flush());
    else this.#flush();
  }

  /** Release pressed keys and buttons, and stop listening. */
  stop(): void {
    if (this.signal.aborted) return;
    this.#releaseAll();
    this.#setFocus(false);
    this.#stopping.abort();
    this.#flush();
    this.#field?.element.remove();
  }

  #listen(): void {
    const { element, signal } = this;
    element.addEventListener("focusin", (event) => this.#onFocus(true, event), { signal });
    element.addEventListener("focusout", (event) => this.#onFocus(false, event), { signal });
    element.addEventListener("pointerdown", (event) => this.#field?.moveTo(event), { signal });
    window.addEventListener("blur", () => this.#releaseAll(), { signal });
    document.addEventListener("visibilitychange", () => document.hidden && this.#releaseAll(), { signal });
    const onMenu = (event: MouseEvent): void => {
      if (!event.shiftKey) event.preventDefault();
    };
    element.addEventListener("contextmenu", onMenu, { signal });
  }

  #onFocus(hasFocus: boolean, { relatedTarget }: FocusEvent): void {
    // Focus moves between the canvas and the text field stay within the picture.
    const stays = relatedTarget instanceof Node && this.element.contains(relatedTarget);
    if (!stays) this.#setFocus(hasFocus);
  }

  #setFocus(hasFocus: boolean): void {
    if (hasFocus === this.#hasFocus) return;
    this.#hasFocus = hasFocus;
    if (!hasFocus) this.#releaseAll();
    this.emit({ type: hasFocus ? "focus_in" : "focus_out", timestamp: nowS() });
  }

  /** Nothing may stay pressed: another element would receive the ups. */
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

const MODIFIERS = [
  ["shiftKey", "Shift"],
  ["ctrlKey", "Control"],
  ["altKey", "Alt"],
  ["metaKey", "Meta"],
] as const;
