import type { Fit } from "../flow/geometry.ts";

const PNG_BEGINS_WITH = 0x89;

/** The thumbnail in one view. It lies under the canvas and shows until the first live frame. */
export class Poster {
  readonly element = document.createElement("img");

  constructor() {
    this.element.className = "rfb-poster";
    this.element.draggable = false;
    // Decode before the element is painted, so that it never shows without its picture.
    this.element.decoding = "sync";
  }

  get isShown(): boolean {
    return this.element.parentElement !== null;
  }

  set fit(fit: Fit) {
    this.element.style.objectFit = fit;
  }

  /** Set the alt text. `isSpoken`: false if a canvas has it too, because screen readers would read it twice. */
  describe(alt: string, isSpoken: boolean): void {
    this.element.alt = alt;
    if (isSpoken) this.element.removeAttribute("aria-hidden");
    else this.element.setAttribute("aria-hidden", "true");
  }

  /** Show a JPEG or PNG at the bottom of `parent`, in place of the current one. */
  show(still: Uint8Array<ArrayBuffer>, parent: HTMLElement): void {
    // Not an object URL, which loads asynchronously: one animation frame would have no picture.
    const mime = still[0] === PNG_BEGINS_WITH ? "image/png" : "image/jpeg";
    this.element.src = `data:${mime};base64,${base64(still)}`;
    if (this.element.parentElement !== parent) parent.prepend(this.element);
  }

  hide(): void {
    this.element.remove();
    this.element.removeAttribute("src");
  }
}

function base64(bytes: Uint8Array): string {
  let text = "";
  // In parts, because the number of arguments of a call is limited.
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(text);
}
