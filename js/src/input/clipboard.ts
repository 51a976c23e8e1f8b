import type { Desk } from "./input_context.ts";
import { nowS } from "./input_context.ts";

/** `marimo_rfb/events.py` takes no longer text. */
const MOST_CHARACTERS = 32 * 1024;
/** Leaves room for the rest of the message: see `MAX_CONTROL_BYTES`. */
const MOST_BYTES = 60 * 1024;

/** Text that comes from the clipboard to Python, and the other way, while Python wants it. */
export class TextClipboard {
  readonly #desk: Desk;
  #offered: string | undefined;

  constructor(desk: Desk) {
    this.#desk = desk;
    const { element, signal } = desk;
    element.addEventListener("paste", (event) => this.#onPaste(event), { signal });
    element.addEventListener("copy", (event) => this.#onCopy(event), { signal });
  }

  /** Put `text` on the clipboard: at once where somebody works in the picture, and whenever they copy. */
  offer(text: string): void {
    if (!this.#desk.traits.clipboard) return;
    this.#offered = text;
    if (!this.#desk.hasFocus) return;
    // There is none in a page that came over plain http, and a browser may refuse: copying still works then.
    const clipboard: Clipboard | undefined = navigator.clipboard;
    clipboard?.writeText(text).catch((error: unknown) => console.info("marimo-rfb: the clipboard is closed", error));
  }

  #onPaste(event: ClipboardEvent): void {
    // Nor does the notebook, or the field for text, take what is pasted into a picture.
    event.preventDefault();
    event.stopPropagation();
    const text = event.clipboardData?.getData("text/plain") ?? "";
    if (!this.#desk.traits.clipboard || text === "") return;
    this.#desk.emit({ type: "paste", timestamp: nowS(), data: shortened(text) });
  }

  #onCopy(event: ClipboardEvent): void {
    event.stopPropagation();
    if (!this.#desk.traits.clipboard || this.#offered === undefined) return;
    event.preventDefault();
    event.clipboardData?.setData("text/plain", this.#offered);
  }
}

/** As much of the beginning of a text as one message can hold. */
function shortened(text: string): string {
  let characters = [...text].slice(0, MOST_CHARACTERS);
  const bytes = (): number => new TextEncoder().encode(JSON.stringify(characters.join(""))).length;
  while (bytes() > MOST_BYTES) characters = characters.slice(0, Math.floor(characters.length * 0.9));
  return characters.join("");
}
