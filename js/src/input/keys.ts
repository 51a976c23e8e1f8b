import type { InputContext } from "./input_context.ts";
import { nowS } from "./input_context.ts";

const MODIFIERS = ["Shift", "Control", "Alt", "Meta"];
const SCROLLING = /^(Home|End|Arrow(Up|Down))$/;

/**
 * Keys pressed in the focused picture; hidden from the notebook's shortcuts and, without a modifier, from the
 * browser's.
 */
export class Keys {
  readonly #context: InputContext;
  /** Pressed keys, code to name. A key up repeats the name of its down, even if Shift has changed since. */
  readonly #held = new Map<string, string>();

  constructor(context: InputContext) {
    this.#context = context;
    const { element, signal } = context;
    element.addEventListener("keydown", (event) => this.#onDown(event), { signal });
    element.addEventListener("keyup", (event) => this.#onUp(event), { signal });
    // Older JupyterLabs handle their shortcuts before our listeners.
    element.dataset.lmSuppressShortcuts = "true";
    signal.addEventListener("abort", () => delete element.dataset.lmSuppressShortcuts);
  }

  releaseAll(): void {
    for (const [code, key] of this.#held) {
      this.#context.emit({ type: "key_up", timestamp: nowS(), key, code, modifiers: [] });
    }
    this.#held.clear();
  }

  /** Emit the key ups of modifiers released outside the view: those that are not in `modifiers`. */
  syncModifiers(modifiers: readonly string[]): void {
    for (const [code, key] of this.#held) {
      if (!MODIFIERS.includes(key) || modifiers.includes(key)) continue;
      this.#held.delete(code);
      this.#context.emit({ type: "key_up", timestamp: nowS(), key, code, modifiers });
    }
  }

  #onDown(event: KeyboardEvent): void {
    // Tab always moves the focus, so that the picture is no keyboard trap.
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
    // The key was pressed before the picture had the focus.
    if (key === undefined) return;
    this.#held.delete(event.code);
    this.#emit("key_up", key, event);
    // macOS sends no key ups of other keys while Command is pressed.
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

/** Whether an input method or an on-screen keyboard sent the event, which does not name the key. */
function isOfInputMethod(event: KeyboardEvent): boolean {
  return event.isComposing || event.keyCode === 229;
}

/** Whether the key types one character, with no modifier but Shift or AltGr. */
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
