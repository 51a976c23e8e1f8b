/**
 * Give the keyboard to what is around `view` and takes it: in a notebook its cell, so that the shortcuts work again.
 *
 * Nothing may be there; then it goes to the page. Either way Tab goes on from `view`.
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

/** Let the Tab that is in progress go on from `view`, not from what is around it: that would lead into `view` again. */
function stepOver(view: HTMLElement, isBackwards: boolean): void {
  const step = document.createElement("span");
  // Not -1: from there Chromium goes to the first in a shadow root, if none comes after it.
  step.tabIndex = 0;
  if (isBackwards) view.before(step);
  else view.after(step);
  step.focus({ preventScroll: true });
  setTimeout(() => step.remove());
}
