/**
 * Move the focus to the closest focusable ancestor of `view`: in a notebook its cell, so that shortcuts work again.
 *
 * Without one, blur the focused element. Either way, Tab continues from `view`.
 */
export function exitFocus(view: HTMLElement): void {
  const around = focusableAround(view);
  const tree = view.getRootNode() as Document | ShadowRoot;
  if (around === undefined) return (tree.activeElement as HTMLElement | null)?.blur();
  around.focus({ preventScroll: true });
  const going = new AbortController();
  const { signal } = going;
  around.addEventListener("focusout", () => going.abort(), { signal });
  around.addEventListener("keydown", (event) => event.key === "Tab" && stepOver(view, event.shiftKey), { signal });
}

function focusableAround(view: HTMLElement): HTMLElement | undefined {
  let node: Node | null = view;
  while (node !== null) {
    node = node instanceof ShadowRoot ? node.host : node.parentNode;
    if (node instanceof HTMLElement && node.hasAttribute("tabindex")) return node;
  }
  return undefined;
}

/** Make the current Tab key press continue from `view`; from its ancestor it would lead into `view` again. */
function stepOver(view: HTMLElement, isBackwards: boolean): void {
  const step = document.createElement("span");
  // Not -1: from there Chromium wraps to the first element of a shadow root if none follows.
  step.tabIndex = 0;
  if (isBackwards) view.before(step);
  else view.after(step);
  step.focus({ preventScroll: true });
  setTimeout(() => step.remove());
}
