/**
 * Give the host of the shadow tree around `root` the class `rfb-root` too, until `signal` aborts.
 *
 * A page's style sheet does not reach into marimo's shadow tree, but custom properties inherited from the host do. So a
 * rule for `.rfb-root` that sets them works in every notebook. A re-render of the host may reset its classes, so they
 * are observed.
 */
export function markShadowHost(root: HTMLElement, signal: AbortSignal): void {
  const tree = root.getRootNode();
  if (!(tree instanceof ShadowRoot)) return;
  const { host } = tree;
  const mark = (): void => {
    if (!host.classList.contains("rfb-root")) host.classList.add("rfb-root");
  };
  const classes = new MutationObserver(mark);
  classes.observe(host, { attributeFilter: ["class"] });
  mark();
  signal.addEventListener("abort", () => {
    classes.disconnect();
    host.classList.remove("rfb-root");
  });
}
