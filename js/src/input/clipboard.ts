import type { InputContext } from "./input_context.ts";
import { nowS } from "./input_context.ts";

/** `marimo_rfb/events.py` rejects longer text. */
const MAX_CHARACTERS = 32 * 1024;
/** Leaves room for the rest of the message: see `MAX_CONTROL_BYTES`. */
const MAX_BYTES = 60 * 1024;

/** Pastes text from the clipboard to Python and copies text from Python, while the trait `clipboard` allows it. */
export class TextClipboard {
  readonly #context: InputContext;
  #offered: string | undefined;

  constructor(context: InputContext) {
    this.#context = context;
    const { element, signal } = context;
    element.addEventListener("paste", (event) => this.#onPaste(event), { signal });
    element.addEventListener("copy", (event) => this.#onCopy(event), { signal });
  }

  /** Put `text` on the clipboard: at once if the picture has the focus, and whenever the user copies. */
  offer(text: string): void {
    if (!this.#context.traits.clipboard) return;
    this.#offered = text;
    if (!this.#context.hasFocus) return;
    // Pages over plain http have no clipboard API, and a browser may refuse; copying still works then.
    const clipboard: Clipboard | undefined = navigator.clipboard;
    clipboard
      ?.writeText(text)
      .catch((error: unknown) => console.info("marimo-rfb: the browser refused to copy", error));
  }

  #onPaste(event: ClipboardEvent): void {
    // Keep the paste from the notebook and from the hidden text field.
    event.preventDefault();
    event.stopPropagation();
    const text = event.clipboardData?.getData("text/plain") ?? "";
    if (!this.#context.traits.clipboard || text === "") return;
    this.#context.emit({ type: "paste", timestamp: nowS(), data: truncated(text) });
  }

  #onCopy(event: ClipboardEvent): void {
    event.stopPropagation();
    if (!this.#context.traits.clipboard || this.#offered === undefined) return;
    event.preventDefault();
    event.clipboardData?.setData("text/plain", this.#offered);
  }
}

/** Return the start of a text, as much as one message can hold. */
function truncated(text: string): string {
  let characters = [...text].slice(0, MAX_CHARACTERS);
  const bytes = (): number => new TextEncoder().encode(JSON.stringify(characters.join(""))).length;
  while (bytes() > MAX_BYTES) characters = characters.slice(0, Math.floor(characters.length * 0.9));
  return characters.join("");
}
