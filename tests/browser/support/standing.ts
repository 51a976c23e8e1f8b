import type { BrowserContext } from "@playwright/test";

/** How each view of each page stands, in a few words for whoever reads of a test that failed. */
export async function standingOf(context: BrowserContext): Promise<string> {
  const pages = await Promise.all(context.pages().map((page) => page.locator("div.rfb-root").evaluateAll(describe)));
  return pages.map((views) => (views.length === 0 ? "a page without views" : views.join("; "))).join(" | ");
}

/** Runs in the page, so it stands alone. */
function describe(views: readonly Element[]): string[] {
  return views.map((view) => {
    const { top, bottom } = view.getBoundingClientRect();
    const { state = "no state", transport = "" } = (view as HTMLElement).dataset;
    const marks = ["empty", "still", "stale"].filter((mark) => view.classList.contains(`rfb-${mark}`));
    const sight = bottom <= 0 || top >= window.innerHeight ? ["out of sight"] : [];
    const banner = view.querySelector<HTMLElement>(".rfb-banner");
    const said = banner?.hidden === false ? [`says "${banner.innerText}"`] : [];
    return [`${state} ${transport}`.trim(), ...marks, ...sight, ...said].join(", ");
  });
}
