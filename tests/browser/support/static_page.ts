import type { Page } from "@playwright/test";
import { execFileSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { Server } from "node:http";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { PYTHON } from "./process.ts";

const MARIMO = execFileSync(PYTHON, ["-c", "import marimo; print(marimo.__file__)"], { encoding: "utf8" }).trim();
/** The front end that marimo was installed with; an exported page asks a CDN for the same files. */
const FRONT_END = join(dirname(MARIMO), "_static");

export type Origin = "http" | "file";

/** A page that marimo exported, opened in a browser that has no network. */
export class StaticPage {
  /** What went wrong in the page, and what it asked for besides marimo's front end. */
  readonly faults: string[] = [];
  readonly #page: Page;
  #server: Server | undefined;

  constructor(page: Page) {
    this.#page = page;
  }

  async open(path: string, origin: Origin): Promise<void> {
    const page = this.#page;
    page.on("pageerror", (error) => this.faults.push(`raised ${error}`));
    page.on("console", (message) => {
      if (message.type() === "error") this.faults.push(`logged ${message.text()}`);
    });
    page.on("websocket", (socket) => this.faults.push(`opened ${socket.url()}`));
    const url = origin === "file" ? pathToFileURL(path).href : await this.#serve(path);
    await page.route(
      (asked) => asked.href !== url,
      async (route) => {
        const asked = route.request().url();
        const [, name] = /^https:\/\/[^/]+\/npm\/@marimo-team\/frontend@[^/]+\/dist\/(.*)$/.exec(asked) ?? [];
        if (name === undefined) this.faults.push(`asked for ${asked}`);
        if (name === undefined) return route.abort();
        return route.fulfill({ path: join(FRONT_END, name), headers: { "Access-Control-Allow-Origin": "*" } });
      },
    );
    await page.goto(url);
  }

  async close(): Promise<void> {
    this.#server?.closeAllConnections();
    await new Promise((resolve) => (this.#server === undefined ? resolve(undefined) : this.#server.close(resolve)));
  }

  async #serve(path: string): Promise<string> {
    const text = await readFile(path);
    const server = createServer((_request, response) =>
      response.writeHead(200, { "Content-Type": "text/html" }).end(text),
    );
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("no port");
    return `http://127.0.0.1:${address.port}/exported.html`;
  }
}
