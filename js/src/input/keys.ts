import type { Desk } from "./surface.ts";
import { modifiersOf, nowS } from "./surface.ts";

/** Keys typed into the focused canvas. They reach neither the notebook's shortcuts nor, if plain, the browser's. */
export class Keys {
  readonly #desk: Desk;
  /** Held keys: code to name. The name of the up is that of the down, whatever Shift did in between. */
  readonly #held = new Map<string, string>();

  constructor(desk: Desk) {
    this.#desk = desk;
    const { element, signal } = desk;
    element.addEventListener("keydown", (event) => this.#onDown(event), { signal });
    element.addEventListener("keyup", (event) => this.#onUp(event), { signal });
  }

  releaseAll(): void {
    for (const [code, key] of this.#held) {
      this.#desk.emit({ type: "key_up", timestamp: nowS(), key, code, modifiers: [] });
    }
    this.#held.clear();
  }

  #onDown(event: KeyboardEvent): void {
    // Tab always moves the focus on, so nobody is trapped in the picture.
    if (event.key === "Tab" || event.isComposing) return;
    event.stopPropagation();
    if (!isForBrowser(event)) event.preventDefault();
    if (!event.repeat) {
      this.#held.set(event.code, event.key);
      this.#desk.emit(describe("key_down", event.key, event));
    }
    if (isText(event)) this.#emitText(event.key);
  }

  #onUp(event: KeyboardEvent): void {
    if (event.key === "Tab") return;
    event.stopPropagation();
    const key = this.#held.get(event.code);
    // Its down was not ours: it was pressed before the focus came.
    if (key === undefined) return;
    this.#held.delete(event.code);
    this.#desk.emit(describe("key_up", key, event));
    // macOS says no ups of other keys while Command is held.
    if (key === "Meta") this.releaseAll();
  }

  #emitText(data: string): void {
    this.#desk.emit({ type: "char", timestamp: nowS(), data, input_type: "insertText", is_composing: false });
  }
}

function describe(type: string, key: string, event: KeyboardEvent) {
  return { type, timestamp: nowS(), key, code: event.code, modifiers: modifiersOf(event) };
}

/** Text is one character, typed with at most Shift or AltGr. */
function isText(event: KeyboardEvent): boolean {
  if ([...event.key].length !== 1) return false;
  return event.getModifierState("AltGraph") || !(event.ctrlKey || event.altKey || event.metaKey);
}

/** Function keys and chords belong to the browser (reload, copy, developer tools), except saving the page. */
function isForBrowser(event: KeyboardEvent): boolean {
  const isChord = (event.ctrlKey || event.altKey || event.metaKey) && !event.getModifierState("AltGraph");
  if (isChord) return event.key.toLowerCase() !== "s";
  return /^F\d+$/.test(event.key);
}
