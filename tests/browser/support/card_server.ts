import { Program, freePort } from "./process.ts";

export const TOKEN = "a token for tests only, 0123456789";

export interface CardEvent {
  readonly type: string;
  readonly x: number;
  readonly y: number;
}

/** Which of the programs in `python` serves. */
export type Served = "serve_card" | "serve_figure" | "serve_numbers";

/** The test card, or another picture, served by a Python process of its own. */
export class CardServer {
  readonly port: number;
  readonly token = TOKEN;
  readonly #program: Program;

  private constructor(port: number, program: Program) {
    this.port = port;
    this.#program = program;
  }

  /** Start on `port`, else on a free one; `options` are those of the program. */
  static async start(
    options: Readonly<Record<string, string | number>> = {},
    served: Served = "serve_card",
  ): Promise<CardServer> {
    const { port = await freePort(), ...rest } = options;
    const args = Object.entries({ port, token: TOKEN, ...rest }).map(([name, value]) => `--${name}=${value}`);
    const program = new Program(["-m", served, ...args]);
    const server = new CardServer(Number(port), program);
    await program.answers(`http://127.0.0.1:${port}/health`);
    return server;
  }

  get url(): string {
    return `ws://127.0.0.1:${this.port}/default`;
  }

  /** How many are connected. */
  async viewers(): Promise<number> {
    return viewersOf(this.port, this.token, "default");
  }

  /** The events of a type that it got. */
  events(type: string): CardEvent[] {
    const lines = this.#program.output.split("\n").filter((line) => line.startsWith("{"));
    return lines.map((line) => JSON.parse(line) as CardEvent).filter((event) => event.type === type);
  }

  /** As if its machine lost power. */
  async kill(): Promise<void> {
    await this.#program.kill();
  }
}

/** How many viewers the hub on `port` says that a stream has. */
export async function viewersOf(port: number, token: string, stream = "default"): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${port}/streams`, { headers: { Authorization: `Bearer ${token}` } });
  if (!response.ok) throw new Error(`the hub answered ${response.status}`);
  const { streams } = (await response.json()) as { streams: { name: string; viewers: number }[] };
  return streams.find(({ name }) => name === stream)?.viewers ?? 0;
}

/** What a hub knows of one viewer. */
export interface ViewerFact {
  readonly visible: boolean;
  readonly max_fps: number | null;
  readonly quality: number;
  readonly scale: number;
  readonly layer_reason: string;
}

/** What the hub on `port` knows of each viewer of a stream. */
export async function viewerFacts(port: number, token: string, stream = "default"): Promise<ViewerFact[]> {
  const address = `http://127.0.0.1:${port}/streams/${stream}/metrics`;
  const response = await fetch(address, { headers: { Authorization: `Bearer ${token}` } });
  if (!response.ok) throw new Error(`the hub answered ${response.status}`);
  const { viewers } = (await response.json()) as { viewers: ViewerFact[] };
  return viewers;
}
