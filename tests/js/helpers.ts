import { existsSync, readFileSync } from "node:fs";
import type { Model } from "../../js/src/host/model.ts";
import type { ClientMessage } from "../../js/src/wire/messages.ts";
import type { TransportCandidate } from "../../js/src/wire/worker_messages.ts";
import type { OpenTransport, Transport, TransportListener } from "../../js/src/worker/transport.ts";

type Listener = Parameters<Model["on"]>[1];

const GOLDEN = new URL("../golden/", import.meta.url);

/** The parsed golden file; undefined if it is missing. */
export function golden<T>(name: string): T | undefined {
  const url = new URL(name, GOLDEN);
  return existsSync(url) ? (JSON.parse(readFileSync(url, "utf8")) as T) : undefined;
}

/** Numbers in [0, 1) that are the same in every run (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** A model that holds values, reports changes at once, like anywidget's, and records what is saved. */
export class StubModel implements Model {
  /** The changes made by `set` before each `save_changes`. */
  readonly saves: Record<string, unknown>[] = [];
  readonly #values: Record<string, unknown>;
  readonly #listeners = new Map<string, Set<Listener>>();
  #unsaved: Record<string, unknown> = {};

  constructor(values: Record<string, unknown> = {}) {
    this.#values = values;
  }

  get(name: string): unknown {
    return this.#values[name];
  }

  set(name: string, value: unknown): void {
    this.#unsaved[name] = value;
    this.#values[name] = value;
    for (const callback of this.#listeners.get(`change:${name}`) ?? []) callback();
  }

  on(name: string, callback: Listener): void {
    this.#listeners.set(name, (this.#listeners.get(name) ?? new Set()).add(callback));
  }

  off(name: string, callback: Listener): void {
    this.#listeners.get(name)?.delete(callback);
  }

  send(): void {}

  /** Simulate a custom message from Python. */
  receive(content: unknown, buffers?: readonly DataView[]): void {
    for (const callback of this.#listeners.get("msg:custom") ?? []) callback(content, buffers);
  }

  save_changes(): unknown {
    this.saves.push(this.#unsaved);
    this.#unsaved = {};
    return undefined;
  }
}

/** The server's end of a transport. */
export class FakeTransport implements Transport {
  readonly candidate: TransportCandidate;
  /** The parsed messages that it received. */
  readonly sent: (ClientMessage & Record<string, unknown>)[] = [];
  isOpen = false;
  /** Closed by either side. */
  isClosed = false;
  readonly #listener: TransportListener;

  constructor(candidate: TransportCandidate, listener: TransportListener) {
    this.candidate = candidate;
    this.#listener = listener;
  }

  send(text: string): void {
    if (this.isClosed || !this.isOpen) throw new Error(`sent by ${this.candidate.url}, which is not open: ${text}`);
    this.sent.push(JSON.parse(text));
  }

  close(): void {
    this.isClosed = true;
  }

  get types(): string[] {
    return this.sent.map(({ type }) => type);
  }

  get isHelloSent(): boolean {
    return this.types.includes("hello");
  }

  opens(): void {
    this.isOpen = true;
    this.#listener.onOpen();
  }

  sends(data: string | ArrayBuffer): void {
    if (!this.isClosed) this.#listener.onMessage(data);
  }

  closes(code: number, reason = ""): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.#listener.onClose(code, reason);
  }
}

/** Opens transports that a test drives; the only fake for a connection. */
export class FakeNetwork {
  readonly transports: FakeTransport[] = [];
  /** The errors that opening a URL throws. */
  readonly refuses = new Map<string, Error>();

  readonly open: OpenTransport = (candidate, listener) => {
    const error = this.refuses.get(candidate.url);
    if (error !== undefined) throw error;
    const transport = new FakeTransport(candidate, listener);
    this.transports.push(transport);
    return transport;
  };

  /** The transports that neither side has closed. */
  get alive(): FakeTransport[] {
    return this.transports.filter(({ isClosed }) => !isClosed);
  }

  /** The newest transport to `url`. */
  last(url: string): FakeTransport {
    const transport = this.transports.findLast(({ candidate }) => candidate.url === url);
    if (transport === undefined) throw new Error(`${url} was never tried`);
    return transport;
  }
}
