import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createServer } from "node:net";
import { delimiter, join } from "node:path";

export const ROOT = join(__dirname, "../../..");
export const BROWSER_TESTS = join(ROOT, "tests/browser");

const ENVIRONMENT_PYTHON = join(ROOT, ".venv/bin/python");
export const PYTHON = process.env.PYTHON ?? (existsSync(ENVIRONMENT_PYTHON) ? ENVIRONMENT_PYTHON : "python3");

/** A program that the tests started, in a process group of its own. */
export class Program {
  readonly #child: ChildProcess;
  readonly #name: string;
  #output = "";
  #ended: Promise<void>;

  /** Run `python ...args`; the package and the tests' own modules can be imported, and what `env.PYTHONPATH` adds. */
  constructor(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    this.#name = args.join(" ");
    const own = [ROOT, join(BROWSER_TESTS, "python")];
    const path = [env.PYTHONPATH, ...own, process.env.PYTHONPATH].filter(Boolean).join(delimiter);
    this.#child = spawn(PYTHON, args, {
      detached: true, // a group, so that kernels go with their server
      env: { ...process.env, PYTHONUNBUFFERED: "1", ...env, PYTHONPATH: path },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const keep = (text: Buffer): void => void (this.#output += text.toString());
    this.#child.stdout?.on("data", keep);
    this.#child.stderr?.on("data", keep);
    this.#ended = new Promise((resolve) => {
      this.#child.once("exit", () => resolve());
      this.#child.once("error", (error) => {
        this.#output += String(error);
        resolve();
      });
    });
  }

  /** Wait until it ends and return its exit code. */
  async ended(): Promise<number | null> {
    await this.#ended;
    return this.#child.exitCode;
  }

  /** Everything it wrote so far. */
  get output(): string {
    return this.#output;
  }

  /** Wait until `url` answers. */
  async answers(url: string): Promise<void> {
    const end = Date.now() + 120_000;
    for (;;) {
      if (await isOk(url)) return;
      if (this.#child.exitCode !== null || Date.now() > end) {
        throw new Error(`${this.#name} does not answer at ${url}; it wrote:\n${this.#output}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** End it at once, with all that it started. */
  async kill(): Promise<void> {
    if (this.#child.pid !== undefined && this.#child.exitCode === null) {
      try {
        process.kill(-this.#child.pid, "SIGKILL");
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
      }
    }
    await this.#ended;
  }
}

async function isOk(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).ok;
  } catch {
    return false;
  }
}

/** A TCP port that nobody listens on. */
export async function freePort(): Promise<number> {
  const port = await listening(0);
  if (port === undefined) throw new Error("no port");
  return port;
}

/** Below those that systems give to whoever connects or asks for any, who would take it between two servers. */
const LASTING_PORTS = { first: 20_000, count: 10_000 };

/** The port of one server after the other: `port`, unless somebody has it. */
export async function lastingPort(port?: number): Promise<number> {
  const { first, count } = LASTING_PORTS;
  let wanted = port ?? first + Math.floor(Math.random() * count);
  while ((await listening(wanted)) === undefined) wanted = first + Math.floor(Math.random() * count);
  return wanted;
}

/** The port on which one can listen that listens on `port`, where 0 is any; undefined when it is taken. */
async function listening(port: number): Promise<number | undefined> {
  const server = createServer();
  const isListening = await new Promise<boolean>((resolve) => {
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => resolve(true));
  });
  const address = server.address();
  if (isListening) await new Promise((resolve) => server.close(resolve));
  return address === null || typeof address === "string" ? undefined : address.port;
}
