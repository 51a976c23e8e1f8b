import type { Page } from "@playwright/test";
import { readFile } from "node:fs/promises";
import type { Server } from "node:http";
import { createServer } from "node:http";
import { join } from "node:path";
import { ROOT } from "./process.ts";

const TYPES: Readonly<Record<string, string>> = { js: "text/javascript", css: "text/css", html: "text/html" };

const PAGE = `<!doctype html>
<title>a plain page</title>
<link rel="stylesheet" href="/widget.css">
<style>
  body { margin: 0; background: white; }
  #place { width: 320px; height: 180px; margin: 20px; --rfb-radius: 0px; }
</style>
<div id="place"></div>
<div id="other-place"></div>
<script type="module" src="/host.js"></script>
`;

/** What a host of widgets does, as small as can be; it notes what the widget says to its model. */
const HOST = `
/** Bytes of Python's are a DataView of some larger buffer. */
const wrapped = (value) => {
  if (typeof value?.base64 !== "string") return value;
  const bytes = Uint8Array.from(" " + atob(value.base64) + " ", (character) => character.charCodeAt(0));
  return new DataView(bytes.buffer, 1, bytes.length - 2);
};
const mapped = (traits) => Object.fromEntries(Object.entries(traits).map(([name, value]) => [name, wrapped(value)]));

class StubModel {
  constructor(traits) {
    this.traits = mapped(traits);
    this.sent = [];
    this.saves = [];
    this.unsaved = {};
    this.listeners = [];
  }
  get(name) { return this.traits[name]; }
  set(name, value) {
    this.unsaved[name] = value;
    this.change(name, value);
  }
  save_changes() {
    this.saves.push(this.unsaved);
    // As Python's end does.
    if ("last_event" in this.unsaved) queueMicrotask(() => this.say({ kind: "heard" }));
    this.unsaved = {};
  }
  say(content) {
    for (const each of [...this.listeners]) if (each.name === "msg:custom") each.callback(content, []);
  }
  send(content) { this.sent.push(content); }
  on(name, callback) { this.listeners.push({ name, callback }); }
  off(name, callback) {
    this.listeners = this.listeners.filter((each) =>
      (name != null && each.name !== name) || (callback != null && each.callback !== callback));
  }
  change(name, value) {
    this.traits[name] = wrapped(value);
    for (const each of [...this.listeners]) if (each.name === "change:" + name) each.callback();
  }
}

/** "signal": as newer anywidget hosts do. "cleanup": as older ones, which know no signal and no initialize. */
window.mount = async (src, traits, manner) => {
  const { default: exported } = await import(src);
  const widget = typeof exported === "function" && manner !== "cleanup" ? await exported() : exported;
  const model = new StubModel(traits);
  const el = document.querySelector("#place");
  if (manner === "cleanup") {
    const cleanup = await widget.render({ model, el });
    window.mounted = { model, end: () => cleanup() };
    return;
  }
  const ofModel = new AbortController();
  let ofViews = new AbortController();
  const show = (place) => widget.render({ model, el: document.querySelector(place), signal: ofViews.signal });
  const hide = () => { ofViews.abort(); ofViews = new AbortController(); };
  await widget.initialize?.({ model, signal: ofModel.signal });
  await show("#place");
  window.mounted = { model, show, hide, end: () => { hide(); ofModel.abort(); } };
};
document.title = "ready";
`;

export type Manner = "signal" | "cleanup";

/** What the widget did to the stub of its model. */
export interface Noted {
  readonly sent: readonly {
    readonly kind?: string;
    readonly state?: string;
    readonly stats?: Readonly<Record<string, unknown>>;
  }[];
  /** What was set before each `save_changes`. */
  readonly saves: readonly Readonly<Record<string, unknown>>[];
  readonly listeners: number;
  readonly traits: Readonly<Record<string, unknown>>;
}

interface Mounted {
  model: {
    sent: Noted["sent"];
    saves: Noted["saves"];
    listeners: unknown[];
    traits: Noted["traits"];
    change: (name: string, value: unknown) => void;
  };
  /** Only with the manner "signal". */
  show: (place: string) => Promise<void>;
  hide: () => void;
  end: () => void;
}

/** Bytes, on their way into the page. */
export interface Bytes {
  readonly base64: string;
}

declare global {
  interface Window {
    mount: (src: string, traits: object, manner: Manner) => Promise<void>;
    mounted: Mounted;
  }
}

/** A page without marimo, served by a small server: the bare contract between a host and an anywidget. */
export class PlainPage {
  readonly #server: Server;
  readonly #address: string;

  private constructor(server: Server, address: string) {
    this.#server = server;
    this.#address = address;
  }

  /** `folder` holds the widget's `widget.js` and `widget.css`. */
  static async start(folder = join(ROOT, "marimo_rfb/static")): Promise<PlainPage> {
    const texts: Readonly<Record<string, string>> = { "/": PAGE, "/host.js": HOST };
    const server = createServer((request, response) => {
      const path = request.url ?? "/";
      const type = TYPES[path.split(".")[1] ?? "html"] ?? "text/plain";
      const text = texts[path];
      const body = text === undefined ? readFile(join(folder, path)) : Promise.resolve(text);
      body.then(
        (found) => response.writeHead(200, { "Content-Type": type }).end(found),
        () => response.writeHead(404).end(),
      );
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("no port");
    return new PlainPage(server, `http://127.0.0.1:${address.port}/`);
  }

  /** Open the page and mount the widget with these traits. */
  async mount(page: Page, traits: object, manner: Manner = "signal"): Promise<void> {
    await page.goto(this.#address);
    await page.waitForFunction(() => document.title === "ready");
    await page.evaluate(([asked, how]) => window.mount("/widget.js", asked, how), [traits, manner] as const);
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

export function noted(page: Page): Promise<Noted> {
  return page.evaluate(() => {
    const { sent, saves, listeners, traits } = window.mounted.model;
    return { sent, saves, listeners: listeners.length, traits };
  });
}

export function change(page: Page, name: string, value: unknown): Promise<void> {
  return page.evaluate(([which, what]) => window.mounted.model.change(which, what), [name, value] as const);
}

/** Show one more view, in a place of the page. */
export function show(page: Page, place = "#other-place"): Promise<void> {
  return page.evaluate((where) => window.mounted.show(where), place);
}

/** Take all views out of the page; the model stays. */
export function hide(page: Page): Promise<void> {
  return page.evaluate(() => window.mounted.hide());
}

export function unmount(page: Page): Promise<void> {
  return page.evaluate(() => window.mounted.end());
}
