import type { Server, Socket } from "node:net";
import { connect, createServer } from "node:net";

/** A port that passes bytes on to another one of this machine, until it is cut. */
export class Relay {
  readonly port: number;
  readonly #server: Server;
  readonly #pairs: Set<Socket>;
  readonly #way: { isOpen: boolean };

  private constructor(port: number, server: Server, pairs: Set<Socket>, way: { isOpen: boolean }) {
    this.port = port;
    this.#server = server;
    this.#pairs = pairs;
    this.#way = way;
  }

  static async start(target: number): Promise<Relay> {
    const pairs = new Set<Socket>();
    const way = { isOpen: true };
    const server = createServer((near) => {
      if (!way.isOpen) return near.resetAndDestroy();
      const far = connect(target, "127.0.0.1");
      for (const [socket, other] of [
        [near, far],
        [far, near],
      ] as const) {
        pairs.add(socket);
        socket.pipe(other);
        socket.on("error", () => other.destroy());
        socket.on("close", () => {
          pairs.delete(socket);
          other.destroy();
        });
      }
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("no port");
    return new Relay(address.port, server, pairs, way);
  }

  /** How many connections there are. */
  get size(): number {
    return this.#pairs.size / 2;
  }

  /** End all connections, as a network does that is gone. */
  cut(): void {
    for (const socket of this.#pairs) socket.resetAndDestroy();
  }

  /** Let nobody in from now on, or let everybody in again. */
  set isOpen(isOpen: boolean) {
    this.#way.isOpen = isOpen;
    if (!isOpen) this.cut();
  }

  /** Pass nothing on, and say nothing of it. */
  freeze(): void {
    for (const socket of this.#pairs) {
      socket.unpipe();
      socket.pause();
    }
  }

  async stop(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
