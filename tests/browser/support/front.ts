import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { createServer, request as ask } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { Socket } from "node:net";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Duplex } from "node:stream";

interface Manners {
  /** Answer this to sockets to streams, in place of passing them on. */
  readonly refuseSockets?: string;
  /** What goes with each document. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Files of the front's own, by their paths. */
  readonly files?: Readonly<Record<string, string>>;
  readonly isEncrypted?: boolean;
}

/** A web server in front of another one of this machine, as a company or a hosting service has it. */
export class Front {
  readonly port: number;
  readonly #server: Server;
  /** A server forgets those that it handed over for a socket. */
  readonly #sockets = new Set<Socket>();

  private constructor(port: number, server: Server) {
    this.port = port;
    this.#server = server;
    server.on("connection", (socket) => {
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
    });
  }

  static async start(target: number, manners: Manners = {}): Promise<Front> {
    const handle = (request: IncomingMessage, response: ServerResponse): void =>
      pass(target, manners, request, response);
    const server = manners.isEncrypted ? createTlsServer(selfSigned(), handle) : createServer(handle);
    server.on("upgrade", (request, socket, head) => upgrade(target, manners, request, socket, head));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("no port");
    return new Front(address.port, server);
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

function pass(target: number, manners: Manners, request: IncomingMessage, response: ServerResponse): void {
  const { method, headers, url: path = "/" } = request;
  const file = manners.files?.[path];
  if (file !== undefined) {
    response.writeHead(200, { "Content-Type": "text/javascript" }).end(readFileSync(file));
    return;
  }
  const onward = ask({ port: target, host: "127.0.0.1", method, path, headers }, (answer) => {
    const isDocument = answer.headers["content-type"]?.startsWith("text/html") ?? false;
    response.writeHead(answer.statusCode ?? 502, { ...answer.headers, ...(isDocument ? manners.headers : {}) });
    answer.pipe(response);
  });
  onward.on("error", () => response.destroy());
  request.pipe(onward);
}

function upgrade(target: number, manners: Manners, request: IncomingMessage, near: Duplex, head: Buffer): void {
  near.on("error", () => near.destroy());
  if (manners.refuseSockets !== undefined && request.url?.includes("/rfb/")) {
    near.end(`HTTP/1.1 ${manners.refuseSockets}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
    return;
  }
  const far = connect(target, "127.0.0.1");
  far.on("error", () => near.destroy());
  far.on("close", () => near.destroy());
  near.on("close", () => far.destroy());
  const lines: string[] = [];
  for (let index = 0; index < request.rawHeaders.length; index += 2) {
    lines.push(`${request.rawHeaders[index]}: ${request.rawHeaders[index + 1]}`);
  }
  far.write(`GET ${request.url} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`);
  far.write(head);
  far.pipe(near);
  near.pipe(far);
}

/** A certificate that no browser trusts. */
function selfSigned(): { key: Buffer; cert: Buffer } {
  const folder = mkdtempSync(join(tmpdir(), "rfb-front-"));
  try {
    const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
    const kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];
    const whose = ["-subj", "/CN=notebook.test"];
    execFileSync("openssl", ["req", "-x509", ...kind, ...whose, "-keyout", key, "-out", cert], { stdio: "pipe" });
    return { key: readFileSync(key), cert: readFileSync(cert) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
