import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Program, freePort } from "./process.ts";

const NGINX = process.env.NGINX ?? (existsSync("/usr/sbin/nginx") ? "/usr/sbin/nginx" : "nginx");
// Of another machine, to a page.
const HOST = "notebook.test";
// As Python finds programs, so that nginx belongs to the group of its `Program`.
const RUN = "import os, sys; os.execvp(sys.argv[1], sys.argv[1:])";

/** What nginx tells the server behind it, besides that a WebSocket is one. */
export type Told = Readonly<Record<string, string>>;

/** Who was asked, as many guides have it: without the port. */
export const NAMED: Told = { Host: "$host", "X-Real-IP": "$remote_addr", "X-Forwarded-Proto": "$scheme" };
/** Nothing: the server behind it sees its own address as the host. */
export const NAMELESS: Told = {};

export interface Behind {
  /** Where the server listens. */
  readonly port: number;
  /** The path below which all of it lies. */
  readonly base: string;
  readonly told: Told;
}

/** A real nginx with TLS and a certificate that it signed itself; it forwards one port, and has a stranger's page on another. */
export class Nginx {
  readonly program: Program;
  readonly port: number;
  readonly #strangerPort: number;
  readonly #folder: string;

  private constructor(program: Program, port: number, strangerPort: number, folder: string) {
    this.program = program;
    this.port = port;
    this.#strangerPort = strangerPort;
    this.#folder = folder;
  }

  static async start(port: number, behind: readonly Behind[]): Promise<Nginx> {
    const folder = mkdtempSync(join(tmpdir(), "rfb-nginx-"));
    mkdirSync(join(folder, "temporary"));
    sign(folder);
    const strangerPort = await freePort();
    writeFileSync(join(folder, "nginx.conf"), configuration(folder, port, strangerPort, behind));
    const log = join(folder, "error.log");
    const program = new Program(["-c", RUN, NGINX, "-p", folder, "-e", log, "-c", join(folder, "nginx.conf")]);
    const nginx = new Nginx(program, port, strangerPort, folder);
    try {
      await program.answers(`http://127.0.0.1:${port}/`);
    } catch (error) {
      await nginx.stop();
      throw error;
    }
    return nginx;
  }

  /** What a page calls it. */
  get origin(): string {
    return `https://${this.host}`;
  }

  get host(): string {
    return `${HOST}:${this.port}`;
  }

  /** A page that is not the notebook's, on the same host: browsers send it the same cookies. */
  get stranger(): string {
    return `https://${HOST}:${this.#strangerPort}/`;
  }

  /** The same address, seen from outside. */
  through(url: string): string {
    const { pathname, search } = new URL(url);
    return `${this.origin}${pathname}${search}`;
  }

  async stop(): Promise<void> {
    await this.program.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

function sign(folder: string): void {
  const files = ["-keyout", join(folder, "key.pem"), "-out", join(folder, "certificate.pem")];
  const subject = ["-subj", `/CN=${HOST}`, "-addext", `subjectAltName=DNS:${HOST}`];
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  execFileSync("openssl", ["req", "-x509", "-days", "2", ...key, ...subject, ...files], { stdio: "pipe" });
}

function configuration(folder: string, port: number, strangerPort: number, behind: readonly Behind[]): string {
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
  return `
daemon off;
master_process off;
pid ${folder}/nginx.pid;
error_log stderr;
events { worker_connections 512; }
http {
  access_log off;
  ${temporary.map((kind) => `${kind}_temp_path ${folder}/temporary/${kind};`).join("\n  ")}
  ssl_certificate ${folder}/certificate.pem;
  ssl_certificate_key ${folder}/key.pem;
  map $http_upgrade $connection_upgrade { default upgrade; "" close; }
  server {
    listen 127.0.0.1:${port} ssl;
    # Without TLS it says that it is up, and no more.
    error_page 497 =200 /up;
    location = /up { internal; return 200 "up"; }
    ${behind.map(location).join("\n    ")}
  }
  server {
    listen 127.0.0.1:${strangerPort} ssl;
    default_type text/html;
    location / { return 200 "<!doctype html><title>stranger</title>"; }
  }
}
`;
}

function location({ port, base, told }: Behind): string {
  const headers = { Upgrade: "$http_upgrade", Connection: "$connection_upgrade", ...told };
  const lines = Object.entries(headers).map(([name, value]) => `proxy_set_header ${name} ${value};`);
  return `location ${base} { proxy_pass http://127.0.0.1:${port}; proxy_http_version 1.1; ${lines.join(" ")} }`;
}
