import type { Fit } from "../flow/geometry.ts";

const PNG_BEGINS_WITH = 0x89;

/** A still of the picture in one view. It lies under the canvas and shows while there is nothing live to see. */
export class Poster {
  readonly element = document.createElement("img");

  constructor() {
    this.element.className = "rfb-poster";
    this.element.draggable = false;
    // The animation frame that shows the element shows the picture too.
    this.element.decoding = "sync";
  }

  get isShown(): boolean {
    return this.element.parentElement !== null;
  }

  set fit(fit: Fit) {
    this.element.style.objectFit = fit;
  }

  /** `isSpoken`: no canvas stands for the same picture, which would be read out twice. */
  describe(alt: string, isSpoken: boolean): void {
    this.element.alt = alt;
    if (isSpoken) this.element.removeAttribute("aria-hidden");
    else this.element.setAttribute("aria-hidden", "true");
  }

  /** Show a JPEG or PNG at the bottom of `parent`, in place of the one that is there. */
  show(still: Uint8Array<ArrayBuffer>, parent: HTMLElement): void {
    // Not an object URL, which is loaded later: an animation frame without a picture would come before.
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
  // In parts: a function takes only so many arguments.
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(text);
}
