import type { InputContext } from "./input_context.ts";
import { nowS } from "./input_context.ts";

/** `marimo_rfb/events.py` takes no longer text. */
const MAX_CHARACTERS = 32 * 1024;
/** Leaves room for the rest of the message: see `MAX_CONTROL_BYTES`. */
const MAX_BYTES = 60 * 1024;

/** Text that comes from the clipboard to Python, and the other way, while Python wants it. */
export class TextClipboard {
  readonly #context: InputContext;
  #offered: string | undefined;

  constructor(context: InputContext) {
    this.#context = context;
    const { element, signal } = context;
    element.addEventListener("paste", (event) => this.#onPaste(event), { signal });
    element.addEventListener("copy", (event) => this.#onCopy(event), { signal });
  }

  /** Put `text` on the clipboard: at once where somebody works in the picture, and whenever they copy. */
  offer(text: string): void {
    if (!this.#context.traits.clipboard) return;
    this.#offered = text;
    if (!this.#context.hasFocus) return;
    // There is none in a page that came over plain http, and a browser may refuse: copying still works then.
    const clipboard: Clipboard | undefined = navigator.clipboard;
    clipboard?.writeText(text).catch((error: unknown) => console.info("marimo-rfb: the clipboard is closed", error));
  }

  #onPaste(event: ClipboardEvent): void {
    // Nor does the notebook, or the field for text, take what is pasted into a picture.
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

/** As much of the beginning of a text as one message can hold. */
function truncated(text: string): string {
  let characters = [...text].slice(0, MAX_CHARACTERS);
  const bytes = (): number => new TextEncoder().encode(JSON.stringify(characters.join(""))).length;
  while (bytes() > MAX_BYTES) characters = characters.slice(0, Math.floor(characters.length * 0.9));
  return characters.join("");
}
