import type { InputContext } from "./input_context.ts";
import { nowS } from "./input_context.ts";

const MODIFIERS = ["Shift", "Control", "Alt", "Meta"];
const SCROLLING = /^(Home|End|Arrow(Up|Down))$/;

/** Keys typed into the focused picture. They reach neither the notebook's shortcuts nor, if plain, the browser's. */
export class Keys {
  readonly #context: InputContext;
  /** Held keys: code to name. The name of the up is that of the down, whatever Shift did in between. */
  readonly #held = new Map<string, string>();

  constructor(context: InputContext) {
    this.#context = context;
    const { element, signal } = context;
    element.addEventListener("keydown", (event) => this.#onDown(event), { signal });
    element.addEventListener("keyup", (event) => this.#onUp(event), { signal });
    // The page's shortcuts of older JupyterLabs are found before any listener of ours.
    element.dataset.lmSuppressShortcuts = "true";
    signal.addEventListener("abort", () => delete element.dataset.lmSuppressShortcuts);
  }

  releaseAll(): void {
    for (const [code, key] of this.#held) {
      this.#context.emit({ type: "key_up", timestamp: nowS(), key, code, modifiers: [] });
    }
    this.#held.clear();
  }

  /** Emit the ups of the modifiers that were released elsewhere: all that are not among `modifiers`. */
  syncModifiers(modifiers: readonly string[]): void {
    for (const [code, key] of this.#held) {
      if (!MODIFIERS.includes(key) || modifiers.includes(key)) continue;
      this.#held.delete(code);
      this.#context.emit({ type: "key_up", timestamp: nowS(), key, code, modifiers });
    }
  }

  #onDown(event: KeyboardEvent): void {
    // Tab always moves the focus on, so nobody is trapped in the picture.
    if (event.key === "Tab") return;
    event.stopPropagation();
    if (isOfInputMethod(event)) return;
    const isTyped = isText(event);
    const goesToField = this.#context.traits.textInput && (isTyped || event.key === "Dead");
    if (!goesToField && !isForBrowser(event)) event.preventDefault();
    if (!event.repeat) {
      this.#emit("key_down", event.key, event);
      this.#held.set(event.code, event.key);
    }
    if (isTyped && !goesToField) this.#emitText(event.key);
    if (event.key === "Escape") this.#context.exitFocus();
  }

  #onUp(event: KeyboardEvent): void {
    if (event.key === "Tab") return;
    event.stopPropagation();
    const key = this.#held.get(event.code);
    // Its down was not ours: it was pressed before the focus came.
    if (key === undefined) return;
    this.#held.delete(event.code);
    this.#emit("key_up", key, event);
    // macOS sends no ups of other keys while Command is held.
    if (key === "Meta") this.releaseAll();
  }

  #emit(type: string, key: string, event: KeyboardEvent): void {
    const modifiers = this.#context.modifiersOf(event);
    this.#context.emit({ type, timestamp: nowS(), key, code: event.code, modifiers });
  }

  #emitText(data: string): void {
    this.#context.emit({ type: "char", timestamp: nowS(), data, input_type: "insertText", is_composing: false });
  }
}

/** An input method, or the keyboard of a screen, reports that there was a key, but not which. */
function isOfInputMethod(event: KeyboardEvent): boolean {
  return event.isComposing || event.keyCode === 229;
}

/** Text is one character, typed with at most Shift or AltGr. */
function isText(event: KeyboardEvent): boolean {
  return [...event.key].length === 1 && !isChord(event);
}

function isChord(event: KeyboardEvent): boolean {
  return (event.ctrlKey || event.altKey || event.metaKey) && !event.getModifierState("AltGraph");
}

/** Function keys and chords belong to the browser (reload, copy, developer tools), except those that save or scroll. */
function isForBrowser(event: KeyboardEvent): boolean {
  if (!isChord(event)) return /^F\d+$/.test(event.key);
  return event.key.toLowerCase() !== "s" && !(event.ctrlKey && SCROLLING.test(event.key));
}
