import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { PYTHON, ROOT } from "./process.ts";

/** A narrow link to a port of this machine: `tests/link_emulator.py`. */
export class Link {
  readonly port: number;
  readonly #program: ChildProcess;

  private constructor(port: number, program: ChildProcess) {
    this.port = port;
    this.#program = program;
  }

  static async start(port: number, mbit: number): Promise<Link> {
    const args = [join(ROOT, "tests/link_emulator.py"), String(port), `--mbit=${mbit}`, "--delay-ms=10"];
    const program = spawn(PYTHON, args, { stdio: ["pipe", "pipe", "inherit"] });
    const line = await new Promise<string>((resolve, reject) => {
      program.stdout.once("data", (text: Buffer) => resolve(text.toString()));
      program.once("error", reject);
      program.once("exit", () => reject(new Error("the link emulator has ended")));
    });
    return new Link(Number(line), program);
  }

  /** Let everything through at once from now on. */
  widen(): void {
    this.#program.stdin?.write("\n");
  }

  end(): void {
    this.#program.kill();
  }
}
