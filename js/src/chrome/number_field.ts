import { parseNumber } from "../flow/number_text.ts";

/** A field for a number, which takes effect by Enter or when it loses the focus. */
export class NumberField {
  readonly element = document.createElement("input");
  readonly #onChange: (value: number) => void;
  #text = "";

  constructor(label: string, onChange: (value: number) => void) {
    this.#onChange = onChange;
    const { element } = this;
    element.className = "rfb-number";
    element.type = "text";
    element.inputMode = "decimal";
    element.autocomplete = "off";
    element.spellcheck = false;
    element.setAttribute("aria-label", label);
    element.addEventListener("change", () => this.#apply());
    element.addEventListener("focus", () => element.select());
    element.addEventListener("blur", () => (element.value = this.#text));
    element.addEventListener("keydown", ({ key }) => key === "Enter" && this.#apply());
  }

  /** Show a number, unless the user is typing another one. */
  show(text: string): void {
    const isTyping = this.element.matches(":focus") && this.element.value !== this.#text;
    this.#text = text;
    if (!isTyping && this.element.value !== text) this.element.value = text;
  }

  #apply(): void {
    const { value } = this.element;
    if (value === this.#text) return;
    const number = parseNumber(value);
    // What is no number is taken back.
    this.element.value = this.#text;
    if (number !== undefined) this.#onChange(number);
  }
}
