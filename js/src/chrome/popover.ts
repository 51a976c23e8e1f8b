import type { Box, Size } from "../flow/geometry.ts";
import type { PopupPlacement } from "./place_popup.ts";
import { boxIn } from "./place_popup.ts";

interface PopoverOptions {
  /** What the anchor says that it opens. */
  readonly kind: "menu" | "dialog";
  readonly place: (popup: Size, anchor: Box, bounds: Size) => PopupPlacement;
  /** Called each time the popover closes. */
  readonly onClose: () => void;
}

interface Opened {
  readonly element: HTMLElement;
  readonly closing: AbortController;
  /** What had the focus before. */
  readonly before: Element | null;
}

/** Opens an element over the picture, at its anchor. A press or a focus elsewhere closes it. */
export class Popover {
  readonly #layer: HTMLElement;
  readonly #anchor: HTMLElement;
  readonly #options: PopoverOptions;
  #open: Opened | undefined;

  constructor(layer: HTMLElement, anchor: HTMLElement, options: PopoverOptions, signal: AbortSignal) {
    this.#layer = layer;
    this.#anchor = anchor;
    this.#options = options;
    anchor.setAttribute("aria-haspopup", options.kind);
    anchor.setAttribute("aria-expanded", "false");
    signal.addEventListener("abort", () => this.close(false));
  }

  get isOpen(): boolean {
    return this.#open !== undefined;
  }

  /** Show `element`; the returned signal aborts when it closes. */
  open(element: HTMLElement): AbortSignal {
    this.close(false);
    const closing = new AbortController();
    const { signal } = closing;
    this.#open = { element, closing, before: focusedBeside(this.#anchor) };
    this.#layer.append(element);
    this.place();
    this.#anchor.setAttribute("aria-expanded", "true");
    const onPress = (event: Event): void => {
      const path = event.composedPath();
      if (!path.includes(element) && !path.includes(this.#anchor)) this.close(false);
    };
    window.addEventListener("pointerdown", onPress, { signal, capture: true });
    const onFocusOut = ({ relatedTarget }: FocusEvent): void => {
      if (relatedTarget instanceof Node && !element.contains(relatedTarget)) this.close(false);
    };
    element.addEventListener("focusout", onFocusOut, { signal });
    return signal;
  }

  /** Place the open element again, after its size or that of the view changed. */
  place(): void {
    if (this.#open === undefined) return;
    const { style } = this.#open.element;
    style.maxHeight = "";
    const { offsetWidth: width, offsetHeight: height } = this.#open.element;
    const bounds = { width: this.#layer.clientWidth, height: this.#layer.clientHeight };
    const placed = this.#options.place({ width, height }, boxIn(this.#layer, this.#anchor), bounds);
    style.left = `${placed.left}px`;
    style.top = `${placed.top}px`;
    style.maxHeight = `${placed.maxHeight}px`;
  }

  /** Close it, and with `restoresFocus` move the focus to where it was before. */
  close(restoresFocus: boolean): void {
    if (this.#open === undefined) return;
    const { element, closing, before } = this.#open;
    this.#open = undefined;
    closing.abort();
    element.remove();
    this.#anchor.setAttribute("aria-expanded", "false");
    if (restoresFocus) (before instanceof HTMLElement ? before : this.#anchor).focus({ preventScroll: true });
    this.#options.onClose();
  }
}

/** Return the focused element in the tree of `element`. */
function focusedBeside(element: HTMLElement): Element | null {
  const tree = element.getRootNode();
  const focused = tree instanceof Document || tree instanceof ShadowRoot ? tree.activeElement : null;
  return focused === document.body ? null : focused;
}
