import type { Page, WebSocket, Worker } from "@playwright/test";
import { test as base, expect } from "@playwright/test";
import { join } from "node:path";
import { viewersOf } from "./card_server.ts";
import type { HubFact, Marimo, Mode } from "./marimo.ts";
import { Marimo as MarimoServer } from "./marimo.ts";
import { BROWSER_TESTS } from "./process.ts";
import { standingOf } from "./standing.ts";

type Query = Readonly<Record<string, string>>;
/** Returns by what address the page comes to the server; a test without one goes there straight. */
type Detour = (port: number) => string | Promise<string>;
type Environment = Readonly<Record<string, string>>;

/** Real marimo servers, started when a test first asks for one and shared by those that follow. */
export class Servers {
  readonly #running = new Map<string, Promise<Marimo>>();
  readonly #environment: Environment;
  #editor: Promise<Marimo> | undefined;

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  /** `notebook` is a name in `tests/browser/notebooks`, or a path. */
  get(mode: Mode, notebook: string): Promise<Marimo> {
    const key = `${mode} ${notebook}`;
    const path = notebook.includes("/") ? notebook : join(BROWSER_TESTS, "notebooks", notebook);
    const server = this.#running.get(key) ?? this.#start(mode, path);
    this.#running.set(key, server);
    return server;
  }

  async #start(mode: Mode, path: string): Promise<Marimo> {
    if (mode === "run") return MarimoServer.start(mode, path, this.#environment);
    // One for all, because each notebook has a process of its own.
    this.#editor ??= MarimoServer.start(mode, path, this.#environment);
    return (await this.#editor).with(path);
  }

  async stop(): Promise<void> {
    const servers = await Promise.allSettled(this.#running.values());
    await Promise.all(servers.map((server) => (server.status === "fulfilled" ? server.value.stop() : undefined)));
  }
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
  open: Open;
  sockets: Sockets;
}

interface WorkerFixtures {
  /** What the servers find in their environment, besides what they need. */
  environment: Environment;
  servers: Servers;
}

let opened = 0;

export const test = base.extend<TestFixtures, WorkerFixtures>({
  environment: [{}, { scope: "worker", option: true }],

  servers: [
    async ({ environment }, use) => {
      const servers = new Servers(environment);
      await use(servers);
      await servers.stop();
    },
    { scope: "worker", timeout: 60_000 },
  ],

  // Small, because every pixel that changes is drawn by the processor.
  viewport: { width: 900, height: 700 },

  page: async ({ page, context }, use, info) => {
    await use(page);
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
