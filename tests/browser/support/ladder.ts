import type { Page } from "@playwright/test";
import { expect } from "@playwright/test";
import type { Size } from "./card.ts";
import { expectMoving, views } from "./screen.ts";
import type { Notebook } from "./test.ts";

/** The page's address when it is not that of this machine. */
export function elsewhere(port: number): string {
  return `http://notebook.test:${port}`;
}

/** The sockets to streams that a page asked for, by whatever way, and which of them it said hello on. */
export class Calls {
  readonly asked: string[] = [];
  readonly greeted: string[] = [];

  constructor(page: Page) {
    page.on("websocket", (socket) => {
      const url = socket.url();
      if (/\/(ws|ws_sync|lsp\/.*|terminal\/ws)$/.test(new URL(url).pathname)) return;
      this.asked.push(url);
      socket.on("framesent", ({ payload }) => {
        if (typeof payload === "string" && payload.includes('"hello"')) this.greeted.push(url);
      });
    });
  }
}

/** What goes over marimo's own socket, and by its requests, for one stream's pictures. */
export class KernelTraffic {
  /** The numbers of the frames that came to the page, in order, of whatever view. */
  readonly seqs: number[] = [];
  /** The most pictures that were ever on their way. */
  mostUnderWay = 0;
  readonly #unacked = new Map<string, Set<number>>();

  constructor(page: Page) {
    page.on("websocket", (socket) => {
      if (!socket.url().includes("/ws?")) return;
      socket.on("framereceived", ({ payload }) => this.#onReceived(String(payload)));
    });
    page.on("request", (request) => {
      if (request.url().includes("/api/kernel/set_model_value")) this.#onSent(request.postData() ?? "{}");
    });
  }

  #onReceived(text: string): void {
    if (!text.includes('"kind":"wire"')) return;
    const { data } = JSON.parse(text) as Received;
    const { content, buffers = [] } = data.message;
    const [buffer] = buffers;
    if (content?.id === undefined || buffer === undefined) return;
    const { seq } = headerOf(buffer);
    this.seqs.push(seq);
    const unacked = this.#unacked.get(content.id) ?? new Set();
    this.#unacked.set(content.id, unacked.add(seq));
    this.mostUnderWay = Math.max(this.mostUnderWay, unacked.size);
  }

  #onSent(text: string): void {
    const { message } = JSON.parse(text) as { message?: { content?: Said } };
    const said = message?.content;
    for (const { id, text: words } of said?.messages ?? (said ? [said] : [])) {
      const { type, seq } = JSON.parse(words ?? "{}") as { type?: string; seq?: number };
      if (type !== "ack" || id === undefined || seq === undefined) continue;
      const unacked = this.#unacked.get(id) ?? new Set();
      for (const each of unacked) if (each <= seq) unacked.delete(each);
    }
  }
}

interface Received {
  readonly data: { readonly message: { readonly content?: Said; readonly buffers?: readonly string[] } };
}

interface Said {
  readonly id?: string;
  readonly text?: string;
  readonly messages?: readonly Said[];
}

function headerOf(base64: string): { readonly seq: number } {
  const bytes = Buffer.from(base64, "base64");
  return JSON.parse(bytes.subarray(4, 4 + bytes.readUInt32LE(0)).toString()) as { seq: number };
}

/** Wait until the view takes a way, in the page and as Python is told, and return why. */
export async function expectWay(page: Page, notebook: Notebook, way: string): Promise<string> {
  await expect(views(page).first()).toHaveAttribute("data-transport", way);
  await expect.poll(() => notebook.trait("transport")).toBe(way);
  await expect.poll(() => notebook.trait<Record<string, string>>("stats")?.["transport"]).toBe(way);
  const why = (): string => notebook.trait<string>("transport_reason") ?? "";
  await expect.poll(() => notebook.trait<Record<string, string>>("stats")?.["why"]).toBe(why());
  return why();
}

/** Tell the page that the network came back. */
export async function wake(page: Page): Promise<void> {
  await page.evaluate(() => window.dispatchEvent(new Event("online")));
}

/** Have the notebook open its port, and wait until the pictures come by it. */
export async function openPort(page: Page, notebook: Notebook, frame: Size): Promise<void> {
  notebook.wish({ open: true });
  await expect
    .poll(async () => {
      await wake(page);
      return views(page).getAttribute("data-transport");
    })
    .toBe("direct");
  await expectMoving(views(page), frame);
  await expect.poll(() => notebook.viewers()).toBe(1);
}

/** What the hub tells of a viewer, by `ways.py`. */
export interface ViewerFact {
  readonly id: string;
  readonly quality: number;
  readonly scale: number;
  readonly visible: boolean;
  readonly window: number;
}

/** The viewers that the notebook's stream has; its port may be shut, so that nobody else can ask. */
export function viewersOf(notebook: Notebook): readonly ViewerFact[] {
  return notebook.facts<readonly ViewerFact[]>("viewers").at(-1) ?? [];
}
