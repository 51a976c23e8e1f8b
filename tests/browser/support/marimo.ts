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
import { Program, freePort } from "./process.ts";

export type Mode = "run" | "edit";
export const MODES: readonly Mode[] = ["run", "edit"];

const SETTINGS = `
[runtime]
auto_instantiate = true
[display]
theme = "system"
`;

/** A hub in a notebook's kernel. */
export interface HubFact {
  readonly port: number;
  readonly token: string;
  readonly streams: Readonly<Record<string, string>>;
}

/** A real marimo server on one notebook, copied so that marimo can write beside it. */
export class Marimo {
  readonly program: Program;
  readonly mode: Mode;
  readonly #address: string;
  readonly #folder: string;
  readonly #notebook: string;
  #copies = 0;

  private constructor(program: Program, mode: Mode, address: string, folder: string, notebook: string) {
    this.program = program;
    this.mode = mode;
    this.#address = address;
    this.#folder = folder;
    this.#notebook = notebook;
  }

  /**
   * Start `marimo run` on the notebook, or `marimo edit` on a folder of copies of it.
   *
   * Below `base`, a path, on `port` or any; `access` is what its command line says of who may enter.
   */
  static async start(
    mode: Mode,
    notebook: string,
    environment: Readonly<Record<string, string>> = {},
    { base = "", access = ["--no-token"] as readonly string[], port = 0 } = {},
  ): Promise<Marimo> {
    const folder = mkdtempSync(join(tmpdir(), "rfb-browser-"));
    mkdirSync(join(folder, "facts"));
    mkdirSync(join(folder, "notebooks"));
    // `marimo edit` would only show the cells and wait.
    mkdirSync(join(folder, "marimo"));
    writeFileSync(join(folder, "marimo/marimo.toml"), SETTINGS);
    const copy = join(folder, basename(notebook));
    copyFileSync(notebook, copy);
    port ||= await freePort();
    // By itself `marimo edit` keeps every kernel for good; so long it keeps one for a page that is loaded again.
    const lifeOfSession = mode === "run" ? "1" : "30";
    const options = [
      "--headless",
      "--port",
      String(port),
      "--base-url",
      base,
      "--session-ttl",
      lifeOfSession,
      ...access,
    ];
    const what = mode === "run" ? copy : join(folder, "notebooks");
    const program = new Program(["-m", "marimo", "-q", mode, what, ...options], {
      // A server that is killed leaves its folder of sockets there.
      TMPDIR: folder,
      ...environment,
      RFB_FACTS: join(folder, "facts"),
      // Neither the settings nor the recent files of whoever runs the tests.
      XDG_CONFIG_HOME: folder,
      XDG_STATE_HOME: folder,
      XDG_CACHE_HOME: folder,
    });
    const marimo = new Marimo(program, mode, `http://127.0.0.1:${port}${base}`, folder, notebook);
    try {
      await program.answers(`${marimo.#address}/health`);
    } catch (error) {
      await marimo.stop();
      throw error;
    }
    return marimo;
  }

  /** The same server with another notebook; only `marimo edit` has more than one. */
  with(notebook: string): Marimo {
    return new Marimo(this.program, this.mode, this.#address, this.#folder, notebook);
  }

  /**
   * The address of the notebook in a session of its own; `query` is what its `mo.query_params()` holds.
   *
   * `marimo edit` has one kernel a file, whoever looks at it, so there every call makes another copy.
   */
  url(query: Readonly<Record<string, string>> = {}): string {
    const parameters = new URLSearchParams(query);
    if (this.mode === "edit") {
      this.#copies += 1;
      const copy = `${basename(this.#notebook, ".py")}_${this.#copies}.py`;
      copyFileSync(this.#notebook, join(this.#folder, "notebooks", copy));
      parameters.set("file", copy);
    }
    return `${this.#address}/?${parameters}`;
  }

  /** What a notebook noted under `topic`, oldest first; see `python/facts.py`. */
  facts<T>(name: string, topic: string): T[] {
    const path = join(this.#folder, "facts", name, `${topic}.jsonl`);
    if (!existsSync(path)) return [];
    const lines = readFileSync(path, "utf8").split("\n").slice(0, -1);
    return lines.map((line) => JSON.parse(line) as T);
  }

  /** Tell a notebook what to do; it reads the file again and again. */
  wish(name: string, wishes: object): void {
    const path = join(this.#folder, "facts", name, "wishes.json");
    writeFileSync(`${path}.new`, JSON.stringify(wishes));
    renameSync(`${path}.new`, path);
  }

  async stop(): Promise<void> {
    await this.program.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
