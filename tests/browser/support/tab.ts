import type { Browser, BrowserContext, Page, ViewportSize } from "@playwright/test";

/** What a test may leave in the browser; not the cache. */
const STORES = "cookies,file_systems,indexeddb,local_storage,service_workers,cache_storage";
const EVENTS = ["console", "pageerror", "request", "response", "websocket"] as const;
/** So many, because one costs memory and the tests of a file have no more ways to look at a page. */
const MOST_TABS = 2;

/** What a test asks of its context; the size of a window is its page's. */
export interface Manners {
  readonly colorScheme: "light" | "dark" | "no-preference" | null;
  readonly deviceScaleFactor: number | undefined;
  readonly hasTouch: boolean | undefined;
  readonly ignoreHTTPSErrors: boolean | undefined;
  readonly permissions: string[] | undefined;
}

/** A tab for each way to look at a page, the one that was used last at the end. */
export class Tabs {
  readonly #browser: Browser;
  readonly #viewport: ViewportSize;
  readonly #tabs = new Map<string, Tab>();

  /** `viewport` is what a page has that a test opens besides its own. */
  constructor(browser: Browser, viewport: ViewportSize) {
    this.#browser = browser;
    this.#viewport = viewport;
  }

  /** The tab for a test, whose context Playwright gives what the test uses. */
  async get(manners: Manners): Promise<Tab> {
    const key = JSON.stringify(manners);
    const tab = await this.#find(key, manners);
    this.#tabs.delete(key);
    this.#tabs.set(key, tab);
    for (const other of [...this.#tabs.keys()].slice(0, -MOST_TABS)) await this.#close(other);
    return tab;
  }

  async #find(key: string, manners: Manners): Promise<Tab> {
    if (this.#tabs.get(key)?.hasOwnTime) await this.#close(key);
    return this.#tabs.get(key) ?? new Tab(await this.#browser.newContext({ viewport: this.#viewport }), manners);
  }

  async #close(key: string): Promise<void> {
    await this.#tabs.get(key)?.context.close();
    this.#tabs.delete(key);
  }
}

/**
 * A tab in which tests look at their pages one after the other.
 *
 * Nearly all that a page of marimo costs is to fetch and to compile its hundreds of modules. A tab that has had one has
 * them compiled, while a new one compiles them again, even in the same context. Playwright's own `reuseContext` empties
 * the cache for each test, and what was compiled goes with it.
 */
export class Tab {
  readonly context: BrowserContext;
  /** Whether a test has set the clock, which goes by nobody else's again. */
  hasOwnTime = false;
  readonly #manners: Manners;
  #page: Page | undefined;

  constructor(context: BrowserContext, manners: Manners) {
    this.context = context;
    this.#manners = manners;
  }

  async page(viewport: ViewportSize | null): Promise<Page> {
    const page = (this.#page ??= this.#watched(await this.context.newPage()));
    if (viewport !== null) await page.setViewportSize(viewport);
    return page;
  }

  /** Leave nothing of a test to the next one. */
  async tidy(): Promise<void> {
    const page = this.#page;
    await Promise.all(this.context.pages().map((each) => (each === page ? undefined : each.close())));
    if (page !== undefined) await this.#tidy(page);
    await this.context.clearCookies();
    await this.context.clearPermissions();
    const { permissions } = this.#manners;
    if (permissions !== undefined) await this.context.grantPermissions(permissions); // which denies all others
  }

  async #tidy(page: Page): Promise<void> {
    for (const event of EVENTS) page.removeAllListeners(event);
    await page.unrouteAll({ behavior: "ignoreErrors" });
    // What is kept for a tab can be cleared by its page alone.
    await page.evaluate(() => {
      if (location.protocol.startsWith("http")) sessionStorage.clear();
    });
    await page.goto("about:blank");
    const session = await this.context.newCDPSession(page);
    await session.send("Storage.clearDataForOrigin", { origin: "*", storageTypes: STORES });
    await session.send("Page.resetNavigationHistory"); // a mouse has a button for the way back
    await session.detach();
    // Where it was, the next picture may be.
    await page.mouse.move(-1, -1);
    const { colorScheme } = this.#manners;
    await page.emulateMedia({ colorScheme, reducedMotion: "no-preference", forcedColors: "none" });
  }

  /** A page that is given up when it is closed, or told what to do in all its documents, which nobody can take back. */
  #watched(page: Page): Page {
    const giveUp = (): void => void (this.#page = undefined);
    page.once("close", giveUp);
    const add = page.addInitScript.bind(page);
    page.addInitScript = (...given: Parameters<typeof add>) => {
      giveUp();
      return add(...given);
    };
    const install = page.clock.install.bind(page.clock);
    page.clock.install = (...given: Parameters<typeof install>) => {
      this.hasOwnTime = true;
      return install(...given);
    };
    return page;
  }
}
