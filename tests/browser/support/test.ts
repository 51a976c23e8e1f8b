import type { Page, WebSocket, Worker } from "@playwright/test";
import { test as base, expect } from "@playwright/test";
import { join } from "node:path";
import { viewersOf } from "./card_server.ts";
import { Jupyter } from "./jupyter.ts";
import type { HubFact, Marimo, Mode } from "./marimo.ts";
import { Marimo as MarimoServer } from "./marimo.ts";
import { BROWSER_TESTS, lastingPort } from "./process.ts";
import { standingOf } from "./standing.ts";
import { Tab, Tabs } from "./tab.ts";

type Query = Readonly<Record<string, string>>;
/** Returns by what address the page comes to the server; a test without one goes there straight. */
type Detour = (port: number) => string | Promise<string>;
type Environment = Readonly<Record<string, string>>;

interface Running {
  readonly what: string;
  readonly server: Promise<Marimo>;
}

/** Real marimo servers, started when a test first asks for one and shared by those that follow. */
export class Servers {
  /** What those that are asked for find in their environment, besides what they need. */
  environment: Environment = {};
  readonly #ports = new Map<Mode, number>();
  #app: Running | undefined;
  #editor: Running | undefined;
  readonly #edited = new Map<string, Promise<Marimo>>();

  /** `notebook` is a name in `tests/browser/notebooks`, or a path; one that is run ends when another one is. */
  get(mode: Mode, notebook: string): Promise<Marimo> {
    const path = notebook.includes("/") ? notebook : join(BROWSER_TESTS, "notebooks", notebook);
    return mode === "run" ? this.#run(path) : this.#edit(path);
  }

  #run(notebook: string): Promise<Marimo> {
    const what = JSON.stringify([notebook, this.environment]);
    if (this.#app?.what !== what) this.#app = { what, server: this.#start("run", notebook, this.#app) };
    return this.#app.server;
  }

  /** One server for all, because each notebook has a process of its own. */
  #edit(notebook: string): Promise<Marimo> {
    const what = JSON.stringify(this.environment);
    if (this.#editor?.what !== what) {
      this.#editor = { what, server: this.#start("edit", notebook, this.#editor) };
      this.#edited.clear();
    }
    const { server: editor } = this.#editor;
    const server = this.#edited.get(notebook) ?? editor.then((started) => started.with(notebook));
    this.#edited.set(notebook, server);
    return server;
  }

  /** At the address of the one before: by that a browser knows again what it has compiled of marimo's page. */
  async #start(mode: Mode, notebook: string, before: Running | undefined): Promise<Marimo> {
    const { environment } = this;
    await stop(before?.server);
    const port = await lastingPort(this.#ports.get(mode));
    this.#ports.set(mode, port);
    return MarimoServer.start(mode, notebook, environment, { port });
  }

  async stop(): Promise<void> {
    await Promise.all([stop(this.#app?.server), stop(this.#editor?.server)]);
  }
}

/** Stop a server that was started, if it could be. */
async function stop(server: Promise<Marimo> | undefined): Promise<void> {
  const [started] = await Promise.allSettled([server]);
  if (started.status === "fulfilled") await started.value?.stop();
}

/** A notebook that a test opened. */
export class Notebook {
  readonly marimo: Marimo;
  readonly #name: string;

  constructor(marimo: Marimo, name: string) {
    this.marimo = marimo;
    this.#name = name;
  }

  /** What the notebook noted so far, oldest first; see `python/facts.py`. */
  facts<T>(topic: string): T[] {
    return this.marimo.facts(this.#name, topic);
  }

  /** Ask for something; what the notebook obeys is in its own code. */
  wish(wishes: object): void {
    this.marimo.wish(this.#name, wishes);
  }

  /** Have it run again and again, until it notes that it has `ran` so often; its code obeys the wish `rounds`. */
  async runTo(rounds: number): Promise<void> {
    this.wish({ rounds });
    await expect.poll(() => this.facts("ran").at(-1), { timeout: 180_000 }).toBe(rounds);
  }

  /** The hub that the notebook started last. */
  get hub(): HubFact {
    const hub = this.facts<HubFact>("hub").at(-1);
    if (hub === undefined) throw new Error("the notebook has started no hub yet");
    return hub;
  }

  viewers(stream = "default"): Promise<number> {
    return viewersOf(this.hub.port, this.hub.token, stream);
  }

  /** The last value of each trait that the page reported, by the widgets that notes are taken of. */
  trait<T>(name: string): T | undefined {
    return this.facts<Record<string, T>>("traits").findLast((fact) => name in fact)?.[name];
  }
}

/**
 * Sockets that a page has opened to the ports of streams.
 *
 * marimo's own are left out, and so is the way through its server: a page tries that one too while a busy machine lets the
 * port wait.
 */
export class Sockets {
  readonly #opened: WebSocket[] = [];

  constructor(page: Page) {
    page.on("websocket", (socket) => {
      if (!/\/(ws|ws_sync|lsp\/.*|terminal\/ws|rfb\/[0-9a-f]+\/.*)$/.test(new URL(socket.url()).pathname))
        this.#opened.push(socket);
    });
  }

  get urls(): string[] {
    return this.#opened.map((socket) => socket.url());
  }

  get open(): number {
    return this.#opened.filter((socket) => !socket.isClosed()).length;
  }
}

/** The widgets' workers that run in a page. */
export async function workersOf(page: Page): Promise<number> {
  const names = await Promise.all(page.workers().map(nameOf));
  return names.filter((name) => name === "marimo-rfb").length;
}

async function nameOf(worker: Worker): Promise<string> {
  // A worker may end while it is asked.
  return worker.evaluate(() => self.name).catch(() => "");
}

/** Open a notebook in a session of its own, in the test's page. */
export type Open = (notebook: string, options?: { mode?: Mode; query?: Query; by?: Detour }) => Promise<Notebook>;

interface TestFixtures {
  environment: Environment;
  servers: Servers;
  open: Open;
  sockets: Sockets;
  /** Where the test looks at its pages; it is as good as new. */
  tab: Tab;
}

interface WorkerFixtures {
  allServers: Servers;
  /** As a hub has it: below a path, and with jupyter-server-proxy; a test shuts its kernel down. */
  jupyter: Jupyter;
  tabs: Tabs;
}

// Small, because every pixel that changes is drawn by the processor.
const VIEWPORT = { width: 900, height: 700 };

let opened = 0;

export const test = base.extend<TestFixtures, WorkerFixtures>({
  // Not of a worker, which would begin with another browser and compile all anew.
  environment: [{}, { option: true }],

  allServers: [
    async ({}, use) => {
      const servers = new Servers();
      await use(servers);
      await servers.stop();
    },
    { scope: "worker", timeout: 60_000 },
  ],

  jupyter: [
    async ({}, use) => {
      const jupyter = await Jupyter.start({ base: "/user/ada/" });
      await use(jupyter);
      await jupyter.stop();
    },
    { scope: "worker", timeout: 60_000 },
  ],

  servers: async ({ allServers, environment }, use) => {
    allServers.environment = environment;
    await use(allServers);
  },

  viewport: VIEWPORT,

  tabs: [({ browser }, use) => use(new Tabs(browser, VIEWPORT)), { scope: "worker" }],

  tab: async ({ tabs, colorScheme, deviceScaleFactor, hasTouch, ignoreHTTPSErrors, permissions }, use, info) => {
    const tab = await tabs.get({ colorScheme, deviceScaleFactor, hasTouch, ignoreHTTPSErrors, permissions });
    await use(tab);
    // After a failure its page stays to be looked at, and the browser ends.
    if (info.status === info.expectedStatus) await tab.tidy();
  },

  context: ({ tab }, use) => use(tab.context),

  page: async ({ tab, context, viewport }, use, info) => {
    await use(await tab.page(viewport));
    if (info.status !== info.expectedStatus) await info.attach("views", { body: await standingOf(context) });
  },

  sockets: async ({ page }, use) => use(new Sockets(page)),

  open: async ({ page, servers }, use, info) => {
    const used = new Set<Marimo>();
    await use(async (notebook, { mode = "run", query = {}, by } = {}) => {
      const marimo = await servers.get(mode, notebook);
      used.add(marimo);
      opened += 1;
      const name = `session-${opened}`;
      const address = new URL(marimo.url({ facts: name, ...query }));
      const origin = by === undefined ? address.origin : await by(Number(address.port));
      await page.goto(`${origin}${address.pathname}${address.search}`);
      return new Notebook(marimo, name);
    });
    if (info.status === info.expectedStatus) return;
    for (const { mode, program } of used) await info.attach(`marimo ${mode}`, { body: program.output.slice(-20_000) });
  },
});

/** One socket was ever opened, and it is open. */
export function expectOneSocket(sockets: Sockets): void {
  expect(sockets.urls).toHaveLength(1);
  expect(sockets.open).toBe(1);
}

/** The times that a notebook noted under `t`, with which its animation was called, only ever rose. */
export function expectTimeGoesOn(notebook: Notebook): void {
  const times = notebook.facts<number>("t");
  expect(times.filter((t, index) => t < (times[index - 1] ?? 0))).toEqual([]);
}

export { expect };
