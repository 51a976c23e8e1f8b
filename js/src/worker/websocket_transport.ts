import { CloseCode } from "../wire/messages.ts";
import type { Transport, TransportListener } from "./transport.ts";

/** A transport over a WebSocket, to the hub itself or through a proxy. */
export class WebSocketTransport implements Transport {
  readonly #socket: WebSocket;
  readonly #listening = new AbortController();

  constructor(url: string, listener: TransportListener) {
    this.#socket = new WebSocket(url);
    this.#socket.binaryType = "arraybuffer";
    const { signal } = this.#listening;
    this.#socket.addEventListener("open", () => listener.onOpen(), { signal });
    this.#socket.addEventListener("message", (event) => listener.onMessage(event.data), { signal });
    this.#socket.addEventListener("close", ({ code, reason }) => listener.onClose(code, reason), { signal });
  }

  send(text: string): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(text);
  }

  close(): void {
    this.#listening.abort();
    this.#socket.close(CloseCode.NORMAL);
  }
}
