import { Backoff } from "../flow/backoff.ts";
import { closeReason, unreached } from "../flow/close_reason.ts";
import { encodeControl } from "../wire/control.ts";
import type { ClientMessage } from "../wire/messages.ts";
import { Capability, CloseCode } from "../wire/messages.ts";
import type { State, Target } from "../wire/port.ts";

/** Who gets what the socket says. */
export interface ConnectionPort {
  /** A new socket is open and `hello` is sent: nothing of an earlier socket counts any more. */
  opened(): void;
  received(data: ArrayBuffer | string): void;
  /** `error` is empty, or says what is wrong and what to do. */
  changed(state: State, error: string): void;
}

const SUPPORTED: readonly string[] = [
  Capability.JPEG,
  Capability.PNG,
  Capability.WEBP,
  Capability.VISIBILITY,
  Capability.NOTICE,
];

/** One socket at a time to one target; opens it again when it is lost. */
export class Connection {
  readonly #port: ConnectionPort;
  readonly #backoff: Backoff;
  #target: Target | undefined;
  #socket: WebSocket | undefined;
  #listening = new AbortController();
  #greeted = false;
  #retryTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(port: ConnectionPort, random: () => number) {
    this.#port = port;
    this.#backoff = new Backoff(random);
  }

  connect(target: Target): void {
    this.#abandon();
    this.#backoff.reset();
    this.#target = target;
    this.#port.changed("connecting", "");
    this.#open(target);
  }

  /** Sends nothing before `hello`, or while there is no socket. */
  send(message: ClientMessage): void {
    if (this.#greeted && this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(encodeControl(message));
  }

  /** The server accepted us, so the next loss is a new one. */
  settled(): void {
    this.#backoff.reset();
  }

  /** Try at once if we wait for the next attempt: the network came back, or somebody looks again. */
  wake(): void {
    if (this.#retryTimer === undefined || this.#target === undefined) return;
    this.#stopWaiting();
    this.#backoff.reset();
    this.#open(this.#target);
  }

  /** Open nothing until `connect`; says nothing, because whoever stops it knows why. */
  stop(): void {
    this.#abandon();
    this.#target = undefined;
  }

  #open(target: Target): void {
    let socket: WebSocket;
    try {
      socket = new WebSocket(target.url);
    } catch (error) {
      this.#port.changed("error", refusal(target.url, error));
      return;
    }
    socket.binaryType = "arraybuffer";
    this.#socket = socket;
    this.#listening = new AbortController();
    const { signal } = this.#listening;
    socket.addEventListener("open", () => this.#greet(socket, target), { signal });
    socket.addEventListener("message", (event) => this.#port.received(event.data), { signal });
    socket.addEventListener("close", (event) => this.#onClose(event, target), { signal });
  }

  #greet(socket: WebSocket, target: Target): void {
    const { token, devicePixelRatio } = target;
    socket.send(
      encodeControl({
        type: "hello",
        supported: SUPPORTED,
        device_pixel_ratio: devicePixelRatio,
        ...(token === "" ? {} : { token }),
      }),
    );
    this.#greeted = true;
    this.#port.changed("open", "");
    this.#port.opened();
  }

  #onClose(event: CloseEvent, target: Target): void {
    const { retry, state, text } = this.#greeted ? closeReason(event.code, event.reason) : unreached(target.url);
    this.#abandon();
    this.#port.changed(state, text);
    if (retry === "no") return;
    const delayMs = retry === "slow" ? this.#backoff.slowMs() : this.#backoff.nextMs();
    this.#retryTimer = setTimeout(() => {
      this.#retryTimer = undefined;
      this.#open(target);
    }, delayMs);
  }

  #abandon(): void {
    this.#stopWaiting();
    this.#listening.abort();
    this.#socket?.close(CloseCode.NORMAL);
    this.#socket = undefined;
    this.#greeted = false;
  }

  #stopWaiting(): void {
    clearTimeout(this.#retryTimer);
    this.#retryTimer = undefined;
  }
}

function refusal(url: string, error: unknown): string {
  const why = error instanceof Error ? error.message : String(error);
  if (error instanceof DOMException && error.name === "SecurityError") {
    return (
      `The browser refused to open ${url}, because this page came over https and that address is not encrypted. ` +
      `Serve the stream from the page's own origin (base_path) or give a wss:// address (url). The browser said: ${why}`
    );
  }
  return `${url} is not an address that a browser can open; it must be ws://host:port/stream or wss://. The browser said: ${why}`;
}
