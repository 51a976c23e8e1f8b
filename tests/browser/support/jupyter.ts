import type { Locator, Page, WebSocket } from "@playwright/test";
import { expect } from "@playwright/test";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { Program, ROOT, freePort } from "./process.ts";

/** Which page shows the notebook. */
export type Front = "lab" | "notebook";
export const FRONTS: readonly Front[] = ["lab", "notebook"];

const TOKEN = "for-tests-only";
// The name that a page on another machine would have for this one.
const ELSEWHERE = "notebook.test";
// What would ask the network for news.
const LAB = {
  check_for_updates_class: "jupyterlab.NeverCheckForUpdate",
  extension_manager: "readonly",
  news_url: null,
};
const NOTIFICATIONS = { fetchNews: "false", checkForUpdates: false };

/** How a page comes to a notebook. */
interface Visit {
  readonly front?: Front;
  /** From another machine, as far as the page can tell. */
  readonly fromElsewhere?: boolean;
}

interface Options {
  /** The path that everything is under, as a hub has one for each user; it begins and ends with a slash. */
  readonly base?: string;
  /** Whether jupyter-server-proxy is there. */
  readonly hasProxy?: boolean;
  /** Whether the state of widgets is saved with a notebook, as a person may choose. */
  readonly savesWidgets?: boolean;
}

/** A real Jupyter server, with folders of its own for all that it keeps. */
export class Jupyter {
  readonly program: Program;
  readonly #address: string;
  readonly #folder: string;

  private constructor(program: Program, address: string, folder: string) {
    this.program = program;
    this.#address = address;
    this.#folder = folder;
  }

  static async start({ base = "/", hasProxy = true, savesWidgets = false }: Options = {}): Promise<Jupyter> {
    const folder = mkdtempSync(join(tmpdir(), "rfb-jupyter-"));
    for (const name of ["config", "facts", "notebooks"]) mkdirSync(join(folder, name));
    const server = { jpserver_extensions: { jupyter_server_proxy: hasProxy } };
    // Which extensions there are is looked up before the other file is read.
    writeFileSync(join(folder, "config/jupyter_server_config.json"), JSON.stringify({ ServerApp: server }));
    const settings = { LabApp: LAB, ServerApp: { local_hostnames: ["localhost", ELSEWHERE] } };
    writeFileSync(join(folder, "config/jupyter_lab_config.json"), JSON.stringify(settings));
    const apputils = join(folder, "config/lab/user-settings/@jupyterlab/apputils-extension");
    mkdirSync(apputils, { recursive: true });
    writeFileSync(join(apputils, "notification.jupyterlab-settings"), JSON.stringify(NOTIFICATIONS));
    const widgets = join(folder, "config/lab/user-settings/@jupyter-widgets/jupyterlab-manager");
    mkdirSync(widgets, { recursive: true });
    writeFileSync(join(widgets, "plugin.jupyterlab-settings"), JSON.stringify({ saveState: savesWidgets }));
    const port = await freePort();
    const program = new Program(
      [
        ...["-m", "jupyterlab", "--no-browser", "--allow-root", `--port=${port}`, "--ServerApp.port_retries=0"],
        ...[`--ServerApp.base_url=${base}`, `--ServerApp.root_dir=${join(folder, "notebooks")}`],
        `--IdentityProvider.token=${TOKEN}`,
      ],
      {
        RFB_FACTS: join(folder, "facts"),
        JUPYTER_CONFIG_DIR: join(folder, "config"),
        JUPYTER_DATA_DIR: join(folder, "data"),
        JUPYTER_RUNTIME_DIR: join(folder, "runtime"),
        // The environment with the extras imports what this one has, but would not find its pages' parts.
        JUPYTER_PATH: join(ROOT, ".venv/share/jupyter"),
        IPYTHONDIR: join(folder, "ipython"),
      },
    );
    const jupyter = new Jupyter(program, `http://127.0.0.1:${port}${base}`, folder);
    try {
      await program.answers(jupyter.#url("api/status"));
    } catch (error) {
      await jupyter.stop();
      throw error;
    }
    return jupyter;
  }

  /** Make a notebook of code cells. */
  write(name: string, cells: readonly string[]): void {
    const made = cells.map((source, index) => ({
      cell_type: "code",
      id: `cell-${index}`,
      metadata: {},
      source,
      outputs: [],
      execution_count: null,
    }));
    const kernelspec = { name: "python3", display_name: "Python 3", language: "python" };
    const notebook = { cells: made, metadata: { kernelspec }, nbformat: 4, nbformat_minor: 5 };
    writeFileSync(this.#path(name), JSON.stringify(notebook));
  }

  /** What the file of a notebook holds. */
  read(name: string): string {
    return readFileSync(this.#path(name), "utf8");
  }

  /** Take a copy of a notebook. */
  copy(path: string): void {
    copyFileSync(path, this.#path(basename(path)));
  }

  /** What a notebook noted under `topic`, oldest first; see `python/facts.py`. */
  facts<T>(name: string, topic: string): T[] {
    const path = join(this.#folder, "facts", name, `${topic}.jsonl`);
    if (!existsSync(path)) return [];
    const lines = readFileSync(path, "utf8").split("\n").slice(0, -1);
    return lines.map((line) => JSON.parse(line) as T);
  }

  /** Ask a notebook for something; what it obeys is in its own code. */
  wish(name: string, wishes: object): void {
    const folder = join(this.#folder, "facts", name);
    // Put in its place as a whole, because the notebook may read at any time.
    writeFileSync(join(folder, "wishes.new"), JSON.stringify(wishes));
    renameSync(join(folder, "wishes.new"), join(folder, "wishes.json"));
  }

  /** Open a notebook in a page, and wait until its kernel can be asked. */
  async open(page: Page, name: string, { front = "lab", fromElsewhere = false }: Visit = {}): Promise<Lab> {
    const url = new URL(this.#url(front === "lab" ? `doc/tree/${name}` : `notebooks/${name}`));
    if (fromElsewhere) url.hostname = ELSEWHERE;
    const lab = new Lab(page);
    await lab.load(() => page.goto(url.href));
    return lab;
  }

  /** Shut the kernel of a notebook down, as a person may do from another page. */
  async shutDown(name: string): Promise<void> {
    const response = await fetch(this.#url("api/sessions"));
    const sessions = (await response.json()) as { id: string; path: string }[];
    for (const { id } of sessions.filter(({ path }) => path === name)) {
      const ended = await fetch(this.#url(`api/sessions/${id}`), { method: "DELETE" });
      if (!ended.ok) throw new Error(`Jupyter answered ${ended.status}`);
    }
  }

  async stop(): Promise<void> {
    await this.program.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #path(name: string): string {
    return join(this.#folder, "notebooks", name);
  }

  #url(path: string): string {
    return `${this.#address}${path}?token=${TOKEN}`;
  }
}

/** The sockets that a page has opened to streams whose names begin alike. */
export class StreamSockets {
  readonly #opened: WebSocket[] = [];

  constructor(page: Page, name: string) {
    page.on("websocket", (socket) => {
      if (basename(new URL(socket.url()).pathname).startsWith(name)) this.#opened.push(socket);
    });
  }

  get opened(): number {
    return this.#opened.length;
  }

  get open(): number {
    return this.#opened.filter((socket) => !socket.isClosed()).length;
  }
}

/** JupyterLab or Notebook in a page, with one notebook open. */
export class Lab {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  /** A code cell, counted from 0. */
  cell(index: number): Locator {
    return this.page.locator(".jp-Notebook .jp-CodeCell").nth(index);
  }

  /** Do what loads the page, and wait until the kernel can be asked for something. */
  async load(go: () => Promise<unknown>): Promise<void> {
    // The page calls a kernel idle that it has not got yet.
    const connected = this.page.waitForEvent("websocket", (socket) => socket.url().includes("/channels"));
    await go();
    await connected;
    await expect(this.page.locator('.jp-Notebook-ExecutionIndicator[data-status="idle"]')).toBeVisible();
  }

  /** Run a cell and wait until it has. */
  async run(index: number): Promise<void> {
    await this.#untilRun(index, async () => {
      await this.cell(index).locator(".cm-content").click();
      await this.page.keyboard.press("Control+Enter");
    });
  }

  async runAll(): Promise<void> {
    await this.#untilRun(0, () => this.#choose("Run", /^Run All Cells$/));
  }

  async restartAndRunAll(): Promise<void> {
    await this.#choose("Kernel", /^Restart Kernel and Run All Cells/);
    await this.page.getByRole("button", { name: "Confirm Kernel Restart" }).click();
  }

  async save(): Promise<void> {
    // Lab puts the layout of its page too, whenever that changes.
    const saved = this.page.waitForResponse(
      (response) => response.request().method() === "PUT" && response.url().includes("/api/contents/") && response.ok(),
    );
    await this.#choose("File", /^Save Notebook$/); // a picture that has the focus takes the keys
    await saved;
  }

  /** Ask for a cell to be run until it is: a page that is just loaded may lose what it was asked for. */
  async #untilRun(index: number, ask: () => Promise<void>): Promise<void> {
    const prompt = this.cell(index).locator(".jp-InputPrompt");
    const before = await prompt.textContent();
    await expect(async () => {
      await ask();
      await expect(prompt).not.toHaveText(before ?? "", { timeout: 2000 });
    }).toPass();
    await expect(prompt).toHaveText(/\d/);
  }

  async #choose(menu: string, item: RegExp): Promise<void> {
    await this.page.locator(".lm-MenuBar-itemLabel", { hasText: menu }).click();
    await this.page.locator(".lm-Menu-itemLabel").filter({ hasText: item }).click();
  }
}
