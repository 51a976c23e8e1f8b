import type { CommCommand } from "../wire/worker_messages.ts";
import type { Transport, TransportListener } from "./transport.ts";

/** Python considers a page gone after three missed heartbeats. */
const HEARTBEAT_INTERVAL_MS = 20_000;
/** Servers ignore messages of an unknown type. */
const HEARTBEAT = JSON.stringify({ type: "alive" });

type SendCommand = (id: string, message: CommCommand) => void;

/** Connections over the kernel's comm. Only the page can reach it, so commands go through `sendCommand`. */
export class CommTransports {
  readonly #sendCommand: SendCommand;
  readonly #open = new Map<string, CommTransport>();

  constructor(sendCommand: SendCommand) {
    this.#sendCommand = sendCommand;
  }

  open(listener: TransportListener): Transport {
    const id = randomId();
    const transport = new CommTransport(
      listener,
      (message) => this.#sendCommand(id, message),
      () => this.#open.delete(id),
    );
    this.#open.set(id, transport);
    return transport;
  }

  /** Handle a message from Python; it may be for another page that shows the same widget. */
  receive(id: string, data: string | ArrayBuffer): void {
    this.#open.get(id)?.receive(data);
  }

  onClose(id: string, code: number, reason: string): void {
    this.#open.get(id)?.end(code, reason);
  }
}

class CommTransport implements Transport {
  readonly #listener: TransportListener;
  readonly #sendCommand: (message: CommCommand) => void;
  readonly #forget: () => void;
  readonly #timer: ReturnType<typeof setInterval>;
  #ended = false;

  constructor(listener: TransportListener, sendCommand: (message: CommCommand) => void, forget: () => void) {
    this.#listener = listener;
    this.#sendCommand = sendCommand;
    this.#forget = forget;
    this.#timer = setInterval(() => this.send(HEARTBEAT), HEARTBEAT_INTERVAL_MS);
    sendCommand({ say: "open" });
    // The comm exists as long as the kernel does, so `hello` need not wait for an answer.
    queueMicrotask(() => this.#ended || listener.onOpen());
  }

  send(text: string): void {
    if (!this.#ended) this.#sendCommand({ say: "text", text });
  }

  close(): void {
    if (this.#stop()) this.#sendCommand({ say: "close" });
  }

  receive(data: string | ArrayBuffer): void {
    if (!this.#ended) this.#listener.onMessage(data);
  }

  end(code: number, reason: string): void {
    if (this.#stop()) this.#listener.onClose(code, reason);
  }

  #stop(): boolean {
    const first = !this.#ended;
    this.#ended = true;
    clearInterval(this.#timer);
    this.#forget();
    return first;
  }
}

/** Unguessable, because every page that shows the widget receives all messages of the comm. */
function randomId(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
