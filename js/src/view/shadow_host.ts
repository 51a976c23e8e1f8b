/**
 * Give the host of the shadow tree that `root` is in its class too, until `signal` is aborted.
 *
 * A style sheet of the page does not reach into marimo's shadow tree, but the custom properties that it sets on the host
 * do: so a rule for the class is one in every notebook. Of whatever else such a rule sets, each page has one element that
 * it matches. Who renders the host anew may set its classes anew.
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
