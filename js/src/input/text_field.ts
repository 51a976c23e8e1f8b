import type { InputContext } from "./input_context.ts";
import { nowS } from "./input_context.ts";

/** `marimo_rfb/events.py` rejects longer text in one event. */
const MAX_CHARACTERS = 256;

/** The keys for edits without key events, as from an on-screen keyboard. */
const KEY_OF_EDIT: readonly (readonly [edit: RegExp, key: string])[] = [
  [/^delete.*Backward$/, "Backspace"],
  [/^delete.*Forward$/, "Delete"],
  [/^insert(LineBreak|Paragraph)$/, "Enter"],
];

/** Edits that insert text, or that delete a composition in order to replace it. */
const TYPING = /^insert(Text|CompositionText|FromComposition|ReplacementText)$|^deleteCompositionText$/;

/**
 * Takes the focus in place of the canvas, so that input methods and on-screen keyboards can type text.
 *
 * It is invisible, and empty except during a composition.
 */
export class TextField {
  readonly element = document.createElement("textarea");
  readonly #context: InputContext;

  constructor(context: InputContext) {
    this.#context = context;
    const { element } = this;
    element.className = "rfb-text";
    element.rows = 1;
    element.inputMode = "text";
    element.autocapitalize = "off";
    element.autocomplete = "off";
    element.spellcheck = false;
    element.setAttribute("autocorrect", "off");
    element.addEventListener("beforeinput", (event) => this.#onEdit(event));
    element.addEventListener("input", (event) => this.#onInput(event as InputEvent));
    element.addEventListener("compositionend", (event) => this.#onComposed(event.data));
    context.element.append(element);
  }

  /** Move to the pointer, because an input method shows its candidates there. */
  moveTo(event: MouseEvent): void {
    const { element, coordinateMapper } = this.#context;
    const { x, y } = coordinateMapper.cssOf(event);
    // Keep it inside the view, or the browser would scroll it into view.
    this.element.style.left = `min(${(100 * x) / element.clientWidth}%, 100% - 2px)`;
    this.element.style.top = `min(${(100 * y) / element.clientHeight}%, 100% - 1lh)`;
  }

  #onEdit(event: InputEvent): void {
    if (event.isComposing || TYPING.test(event.inputType)) return;
    event.preventDefault();
    const key = KEY_OF_EDIT.find(([edit]) => edit.test(event.inputType))?.[1];
    if (key === undefined) return;
    for (const type of ["key_down", "key_up"]) {
      this.#context.emit({ type, timestamp: nowS(), key, code: key, modifiers: [] });
    }
  }

  #onInput({ isComposing, inputType, data, dataTransfer }: InputEvent): void {
    if (isComposing) {
      if (inputType === "insertCompositionText") this.#emit(data ?? "", inputType, true);
      return;
    }
    this.element.value = "";
    // `compositionend` delivers the text; some browsers also send an input event, before or after it.
    if (/Composition/.test(inputType)) return;
    this.#emit(data ?? dataTransfer?.getData("text/plain") ?? "", inputType, false);
  }

  #onComposed(data: string): void {
    this.element.value = "";
    this.#emit(data, "insertFromComposition", false);
  }

  #emit(text: string, input_type: string, is_composing: boolean): void {
    const characters = [...text];
    do {
      const data = characters.splice(0, MAX_CHARACTERS).join("");
      this.#context.emit({ type: "char", timestamp: nowS(), data, input_type, is_composing });
    } while (characters.length > 0 && !is_composing);
  }
}
